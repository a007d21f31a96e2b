import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readFailed } from '../rocksdb/read-errors.ts';
import { Crc32c } from '../rocksdb/crc32c.ts';
import { logRecords } from '../rocksdb/log-records.ts';

/**
 * LevelDB passes silently over damaged records of its logs and goes on with those behind them: changes in the middle would be
 * missing. So its logs (they are like those of RocksDB) are read through before it is opened.
 *
 * @throws StagedReprocessError `REPROCESS_SOURCE_CORRUPT`; not for a record that the end of the file cuts off, as a crash does.
 */
export async function checkLevelLogs(path: string): Promise<void> {
  const crc = new Crc32c();
  const names = await readdir(path).catch((error: unknown) => {
    if (isMissing(error)) return []; // the opening will tell
    throw readFailed(path, error);
  });
  for (const name of names.filter((one) => /^(?:\d+\.log|MANIFEST-\d+)$/.test(one))) {
    const file = join(path, name);
    const log = await readFile(file).catch((error: unknown) => {
      throw readFailed(file, error);
    });
    Array.from(logRecords(log, file, { crc, tornTail: 'end' }));
  }
}
