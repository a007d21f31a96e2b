import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { quantile } from './median.ts';

/** What a reader must know of the machine before he believes a number. */
export interface MachineFacts {
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMb: number;
  /** Of the last minute; above 0 something else was running, too. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  /** Of a small write and `fdatasync`, in the folder in which everything was measured. */
  readonly syncMs: { readonly p50: number; readonly p99: number };
}

/** Takes the facts; the function that it returns completes them at the end. */
export function machineFacts(directory: string): () => MachineFacts {
  const loadBefore = load();
  const syncMs = measureSyncs(directory);
  return () => ({
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 2 ** 20),
    loadBefore,
    loadAfter: load(),
    syncMs,
  });
}

function load(): number {
  return loadavg()[0] ?? 0;
}

function measureSyncs(directory: string): MachineFacts['syncMs'] {
  const file = join(directory, 'syncs');
  const handle = openSync(file, 'w');
  const times: number[] = [];
  try {
    for (let count = 0; count < 200; count++) {
      writeSync(handle, Buffer.alloc(200));
      const startedMs = performance.now();
      fdatasyncSync(handle);
      times.push(performance.now() - startedMs);
    }
  } finally {
    closeSync(handle);
    rmSync(file);
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
