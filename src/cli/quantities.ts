const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** A size as Ozone's command line names it: 1 KB is 1024 bytes. One decimal below 10. */
export function humanSize(bytes: bigint | number): string {
  const whole = BigInt(bytes);
  if (whole < 1024n && whole > -1024n) return `${String(whole)} B`;
  let unit = 0;
  let value = Number(whole);
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const rounded = Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0);
  // 1023.7 KB must not become 1024 KB.
  if (rounded === '1024' && unit < UNITS.length - 1) return `1.0 ${UNITS[unit + 1] ?? ''}`;
  return `${rounded} ${UNITS[unit] ?? ''}`;
}

/** `12,345`. */
export function humanCount(count: bigint | number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `420 ms`, `3.2 s`, `4 min 05 s`, `2 h 03 min`. */
export function humanTime(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}
