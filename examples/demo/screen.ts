import type { RunProgress } from 'staged-reprocessor';

const coloured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
const style =
  (on: number, off: number) =>
  (text: string): string =>
    coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;

export const bold = style(1, 22);
export const dim = style(2, 22);
export const red = style(31, 39);
export const green = style(32, 39);

/** Columns that may be used. */
export const width = process.stdout.isTTY ? Math.min(process.stdout.columns, 100) : 80;

export function say(line: string): void {
  console.log(`   ${line}`);
}

export function heading(number: string, title: string): void {
  console.log(`\n${bold(`${number}. ${title}`)}`);
}

/** A bar on a terminal; elsewhere a line a step. */
export class Progress {
  readonly #run: () => RunProgress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #step = '';

  constructor(run: () => RunProgress | undefined) {
    this.#run = run;
  }

  step(name: string): void {
    this.#step = name;
    if (!process.stdout.isTTY) {
      say(dim(`${name} ...`));
      return;
    }
    this.#draw();
    this.#timer ??= setInterval(() => {
      this.#draw();
    }, 50);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#timer !== undefined) process.stdout.write('\r\u001b[K');
  }

  #draw(): void {
    const run = this.#run();
    const share =
      run?.rowsEstimated === undefined || run.rowsEstimated === 0 ? 0 : run.rowsDone / run.rowsEstimated;
    const rows = run === undefined ? '' : `${run.rowsDone.toLocaleString('en-US')} rows`;
    process.stdout.write(`\r\u001b[K   ${bar(share, 30)} ${this.#step}  ${dim(rows)}`);
  }
}

/** A share from 0 to 1 as a bar of that many cells. */
export function bar(share: number, cells: number): string {
  const filled = Math.round(Math.min(1, share) * cells);
  return '█'.repeat(filled) + dim('░'.repeat(cells - filled));
}

/** A size with 1024 bytes to the KB. */
export function humanSize(bytes: bigint): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
