import type { StoreMarker } from '../../store/store.ts';
import type { LevelDatabase } from './level-database.ts';

/** The reserved sublevel: nothing of a host's lies in it. */
const RESERVED = 'staged-reprocessor';
const KEY = 'marker';

function reserved(db: LevelDatabase) {
  return db.sublevel<string, unknown>(RESERVED, { keyEncoding: 'utf8', valueEncoding: 'json' });
}

/** Durable when it resolves. */
export async function writeMarker(db: LevelDatabase, marker: StoreMarker): Promise<void> {
  const sublevel = reserved(db);
  // The sync is an option of the root database; a sublevel's own options do not name it.
  await db.batch([{ type: 'put', sublevel, key: KEY, value: marker }], { sync: true });
}

/** `undefined` when there is none, or none of a format that this version knows. */
export async function readMarker(db: LevelDatabase): Promise<StoreMarker | undefined> {
  const value = await reserved(db).get(KEY);
  return isMarker(value) ? value : undefined;
}

function isMarker(value: unknown): value is StoreMarker {
  if (typeof value !== 'object' || value === null) return false;
  if (!('format' in value) || value.format !== 1) return false;
  return (
    'homeId' in value &&
    typeof value.homeId === 'string' &&
    'store' in value &&
    typeof value.store === 'string' &&
    'generation' in value &&
    typeof value.generation === 'number' &&
    'revision' in value &&
    typeof value.revision === 'number'
  );
}
