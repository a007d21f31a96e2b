import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FIXTURES = join(import.meta.dirname, '../../fixtures/ozone');

/** Real databases before and after a session, and the write batches in between. */
export const GOLDEN_SETS = ['ozone-3k', 'om-live', 'om-live-legacy'] as const;
export type GoldenSet = (typeof GOLDEN_SETS)[number];

/** Unpacks a checkpoint under `folder`; the directory is the caller's. */
export function unpackCheckpoint(set: GoldenSet, name: 'om0' | 'om1', folder: string): string {
  const directory = join(folder, `${set}-${name}`);
  mkdirSync(directory);
  execFileSync('tar', ['-xzf', join(FIXTURES, set, `${name}.tar.gz`), '-C', directory], { stdio: 'ignore' });
  const inner = join(directory, name);
  return existsSync(inner) ? inner : directory;
}

/** The write batches of a set, in their order. */
export function goldenBatches(set: GoldenSet): readonly Uint8Array[] {
  const bytes = gunzipSync(readFileSync(join(FIXTURES, set, 'deltas.bin.gz')));
  const batches: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at);
    batches.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return batches;
}
