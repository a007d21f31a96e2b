import { createHash } from 'node:crypto';
import type { SourceSnapshot } from '../../source/source.ts';

/** Whether two snapshots hold the same rows in all tables, however their files are laid out. Reads both whole. */
export async function haveSameRows(
  left: SourceSnapshot,
  right: SourceSnapshot,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const table of new Set([...left.tables, ...right.tables])) {
    if ((await digest(left, table, signal)) !== (await digest(right, table, signal))) return false;
  }
  return true;
}

async function digest(
  snapshot: SourceSnapshot,
  table: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  const lengths = new DataView(new ArrayBuffer(8));
  await snapshot.scan(
    table,
    {
      rows(batch) {
        for (let index = 0; index < batch.length; index++) {
          const key = batch.key(index);
          const value = batch.value(index);
          // Without the lengths, bytes could wander from a key to its value unseen.
          lengths.setUint32(0, key.length);
          lengths.setUint32(4, value.length);
          hash.update(lengths).update(key).update(value);
        }
      },
    },
    signal === undefined ? {} : { signal },
  );
  return hash.digest('hex');
}
