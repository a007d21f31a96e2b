import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection, SqliteModule } from './load-sqlite.ts';
import { whenNotBusy } from './sqlite-error.ts';

const BUSY_LIMIT_MS = 10_000;

/**
 * Reads a database file of which nothing is open here, without changing a byte beside it: even a read-only connection
 * to a file in WAL mode creates or rewrites `-shm` and `-wal` files. It is therefore opened under a hard link in a
 * folder of its own, with a copy of the `-wal` file beside it, as a killed process left it.
 *
 * (The database file itself is never opened by other means than SQLite: closing such a handle would drop the locks that
 * other connections of this process hold on it.)
 *
 * Where no hard link can be made (another file system) the file is read in place, read-only; SQLite's `-shm` and an
 * empty `-wal` may then appear.
 *
 * @returns what `read` returns; `undefined` when there is no such file.
 */
export async function readFileUntouched<Result>(
  sqlite: SqliteModule,
  file: string,
  read: (db: Connection) => Result,
  temporaryDirectory = tmpdir(),
): Promise<Result | undefined> {
  if (!existsSync(file)) return undefined;
  mkdirSync(temporaryDirectory, { recursive: true });
  const folder = mkdtempSync(join(temporaryDirectory, 'staged-reprocessor-'));
  try {
    const linked = linkInto(folder, file);
    return await whenNotBusy(
      () => {
        const db = new sqlite(linked ?? file, { readonly: true, fileMustExist: true, timeout: 0 });
        try {
          return read(db);
        } finally {
          db.close();
        }
      },
      { limitMs: BUSY_LIMIT_MS },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function linkInto(folder: string, file: string): string | undefined {
  const linked = join(folder, 'linked.sqlite');
  try {
    linkSync(file, linked);
    for (const suffix of ['-wal', '-journal']) {
      const size = statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0;
      if (size > 0) copyFileSync(file + suffix, linked + suffix);
    }
    return linked;
  } catch {
    return undefined;
  }
}
