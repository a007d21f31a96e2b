import { throwIfAborted } from '../../errors.ts';
import { FILE_SIZE_BINS, type NSSummary } from '../../recon/index.ts';
import type { Namespace } from './namespace.ts';

const ROWS_AT_ONCE = 256;

export interface SubtreeCounts {
  /** Directories below the roots; one whose row is missing counts and is not entered. */
  readonly directories: number;
  /** Direct files by size, summed over all rows. */
  readonly dist: readonly number[];
}

/** Walks the directories below some rows, each once: a damaged table may hold circles. */
export async function walkSubtree(namespace: Namespace, roots: readonly bigint[]): Promise<SubtreeCounts> {
  const dist = new Array<number>(FILE_SIZE_BINS).fill(0);
  const seen = new Set(roots);
  const open = [...roots];
  let directories = 0;
  while (open.length > 0) {
    throwIfAborted(namespace.signal);
    for (const row of await namespace.summaries(open.splice(-ROWS_AT_ONCE))) {
      if (row === undefined) continue;
      addBins(dist, row);
      for (const child of row.childDir) {
        directories += 1;
        if (seen.has(child)) continue;
        seen.add(child);
        open.push(child);
      }
    }
  }
  return { directories, dist };
}

function addBins(dist: number[], row: NSSummary): void {
  for (const [index, count] of row.fileSizeBucket.entries()) dist[index] = (dist[index] ?? 0) + count;
}
