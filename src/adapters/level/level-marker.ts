import type { StoreMarker } from '../../store/store.ts';
import type { LevelDatabase } from './level-database.ts';
import { reservedOf } from './level-reserved.ts';

const KEY = 'marker';

/** Durable when it resolves. */
export async function writeMarker(db: LevelDatabase, marker: StoreMarker): Promise<void> {
  const sublevel = reservedOf(db);
  try {
    // The sync is an option of the root database; a sublevel's own options do not name it.
    await db.batch([{ type: 'put', sublevel, key: KEY, value: marker }], { sync: true });
  } finally {
    await sublevel.close();
  }
}

/** `undefined` when there is none, or none of a format that this version knows. */
export async function readMarker(db: LevelDatabase): Promise<StoreMarker | undefined> {
  const sublevel = reservedOf(db);
  try {
    const value = await sublevel.get(KEY);
    return isMarker(value) ? value : undefined;
  } finally {
    await sublevel.close();
  }
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
