import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isReprocessError, throwIfAborted } from '../../errors.ts';
import type { Crc32c } from './crc32c.ts';
import { logRecords } from './log-records.ts';
import type { ColumnFamily } from './manifest.ts';
import { Memtable } from './memtable.ts';
import { damaged, readFailed, unsupported } from './read-errors.ts';
import type { WriteBatchVisitor } from './write-batch.ts';
import { readWriteBatch } from './write-batch.ts';

/** A file is replayed in memory, so one of a size that no database has is refused. */
const MAX_WAL_BYTES = 1 << 30;

/** After so many records the event loop of the host gets a turn: some milliseconds of work. */
const RECORDS_A_TURN = 1024;

export interface Wal {
  /** By family id. */
  readonly memtables: ReadonlyMap<number, Memtable>;
  /** Sequence of the last operation; -1 when there is none. */
  readonly lastSequence: number;
}

/**
 * Replays the WAL files in the order of their numbers. An operation counts when its file's number is at least the log
 * number of its family: families are flushed one by one, so the rest is in the tables already.
 */
export async function replayWal(
  directory: string,
  fileNames: readonly string[],
  families: readonly ColumnFamily[],
  crc: Crc32c,
  signal: AbortSignal | undefined,
): Promise<Wal> {
  const logNumbers = new Map(families.map(({ id, logNumber }) => [id, logNumber]));
  const oldest = Math.min(...logNumbers.values());
  const memtables = new Map<number, Memtable>();
  const needed = fileNames
    .map((name) => ({ name, number: Number.parseInt(name, 10) }))
    .filter(({ number }) => number >= oldest)
    .sort((a, b) => a.number - b.number);
  let lastSequence = -1;
  for (const [i, { name, number }] of needed.entries()) {
    const path = join(directory, name);
    const log = await readLog(path);
    const memtableOf = (familyId: number): Memtable | undefined => {
      if (number < (logNumbers.get(familyId) ?? Infinity)) return undefined; // flushed, or a dropped family
      const memtable = memtables.get(familyId) ?? new Memtable();
      memtables.set(familyId, memtable);
      return memtable;
    };
    const visitor: WriteBatchVisitor = {
      entry: (familyId, kind, sequence, key, value) => memtableOf(familyId)?.add(kind, sequence, key, value),
      rangeDeletion: (familyId, sequence, start, end) =>
        memtableOf(familyId)?.rangeDeletions.push({ start: start.slice(), end: end.slice(), sequence }),
    };
    // Only the file that was written last can have been cut off by a crash.
    const tornTail = i === needed.length - 1 ? 'end' : 'damage';
    const before = lastSequence;
    let records = 0;
    for (const record of logRecords(log, path, { crc, tornTail })) {
      if (++records % RECORDS_A_TURN === 0) {
        await setImmediate();
        throwIfAborted(signal);
      }
      const sequences = readWriteBatch(record, path, visitor);
      if (sequences === undefined) continue;
      if (sequences.first <= lastSequence) throw damaged(path, record.offset, 'its sequences go back');
      // Every write goes through the log, and RocksDB begins a new one only when the last has a record: so a gap
      // between two files is the lost end of the first.
      if (lastSequence === before && i > 0 && sequences.first !== before + 1) {
        throw damaged(path, record.offset, `it begins with operation ${sequences.first}, after ${before}`);
      }
      lastSequence = sequences.last;
    }
    if (records === 0 && tornTail === 'damage') throw damaged(path, 0, 'its records are missing');
  }
  return { memtables, lastSequence };
}

async function readLog(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_WAL_BYTES) throw unsupported(path, `a WAL file of ${size} bytes`);
    return await readFile(path);
  } catch (error) {
    if (isReprocessError(error)) throw error;
    throw readFailed(path, error);
  }
}
