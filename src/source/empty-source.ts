import { MemorySource } from './memory-source.ts';
import type { Source } from './source.ts';

/** A source without a row, for hosts whose data comes by deltas alone. */
export function emptySource(
  sequence: bigint,
  options: { readonly history?: string; readonly cursor?: unknown },
): Source {
  const { history, cursor } = options;
  return {
    async openSnapshot() {
      const source = new MemorySource({
        sequence,
        tables: {},
        ...(history === undefined ? {} : { history }),
      });
      const snapshot = source.openSnapshot();
      return cursor === undefined ? snapshot : Object.assign(snapshot, { cursor });
    },
  };
}
