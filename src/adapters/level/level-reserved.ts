import type { LevelDatabase } from './level-database.ts';

/** The reserved sublevel: nothing of a host's lies in it. */
const RESERVED = 'staged-reprocessor';
const APPLIED = 'applied';

/** The caller closes it, since a database keeps every sublevel that was made of it. */
export function reservedOf(db: LevelDatabase) {
  return db.sublevel<string, unknown>(RESERVED, { keyEncoding: 'utf8', valueEncoding: 'json' });
}

/** The whole key of the applied text, for a batch of the root database. */
export const APPLIED_KEY: Uint8Array = Buffer.from(`!${RESERVED}!${APPLIED}`);

/** The `applied` of the last batch; `undefined` when there was none. */
export async function readApplied(db: LevelDatabase): Promise<string | undefined> {
  return db.get<Uint8Array, string>(APPLIED_KEY, { keyEncoding: 'view', valueEncoding: 'utf8' });
}
