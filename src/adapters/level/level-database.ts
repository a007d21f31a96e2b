import { Level } from 'level';

/** A LevelDB of bytes. Each table is the sublevel of its name. */
export type LevelDatabase = Level<Uint8Array, Uint8Array>;

/** One table as bytes. */
export type LevelBytes = ReturnType<typeof bytesOf>;

/** Opens a LevelDB; the caller closes it. */
export async function openLevel(path: string, options: { readonly create: boolean }): Promise<LevelDatabase> {
  const db: LevelDatabase = new Level(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing: options.create,
    errorIfExists: options.create,
  });
  await db.open();
  return db;
}

export function bytesOf(db: LevelDatabase, table: string) {
  return db.sublevel<Uint8Array, Uint8Array>(table, { keyEncoding: 'view', valueEncoding: 'view' });
}
