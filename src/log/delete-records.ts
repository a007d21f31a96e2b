import type { LogIndex } from './log-index.ts';
import type { LogRange, LogStorage } from './log-storage.ts';
import { decodeRecordKey, lowestKey } from './record-key.ts';

/** Deletes some of the records that end at or below `below`; whether there may be more. */
export async function deleteBelow(storage: LogStorage, index: LogIndex, below: bigint): Promise<boolean> {
  if (index.lowest === undefined || index.lowest > below) return false;
  const gte = lowestKey(index.epoch, index.lowest);
  const deleted = await deleteSome(storage, { gte, lt: lowestKey(index.epoch, below + 1n) });
  index.remove(deleted);
  const last = deleted.at(-1);
  index.lowest = last === undefined ? below + 1n : decodeRecordKey(last)?.through;
  return last !== undefined;
}

/** Deletes some of what epochs before have left; whether there may be more. */
export async function deleteRemains(storage: LogStorage, { epoch }: LogIndex): Promise<boolean> {
  const deleted = await deleteSome(storage, { gte: lowestKey(0, 0n), lt: lowestKey(epoch, 0n) });
  return deleted.length > 0;
}

/** Not synced: what comes back after a crash is deleted again. */
async function deleteSome(storage: LogStorage, range: LogRange): Promise<readonly Uint8Array[]> {
  for await (const keys of storage.keys(range)) {
    const deletions = keys.map((key) => ({ key, value: undefined }));
    await storage.write(deletions, { sync: false });
    return keys;
  }
  return [];
}
