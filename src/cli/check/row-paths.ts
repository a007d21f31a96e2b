import type { NamedObject, ObjectPath, ObjectPaths } from './object-paths.ts';
import type { DecodedRow, ToldRow } from './told-row.ts';

/** A row key of `fileTable`: ids of volume, bucket and directory, then the name of the file. */
const FILE_KEY = /^\/-?\d+\/(-?\d+)\/(-?\d+)\/(.+)$/s;

/** Adds to each row of a table the path of what it tells of, where one can be told. */
export async function withPaths(
  rows: readonly DecodedRow[],
  paths: ObjectPaths,
): Promise<readonly ToldRow[]> {
  const objects = rows.flatMap((row) => objectOf(row) ?? []);
  const known = objects.length === 0 ? undefined : await paths.find(objects);
  return rows.map((row) => ({
    ...row.told,
    path: known && pathOf(row, known),
  }));
}

/** The directory or bucket that a row is, or that its file lies in. */
function objectOf({ told, value }: DecodedRow): NamedObject | undefined {
  const objectId = told.key?.['objectId'];
  if (typeof objectId === 'bigint') {
    const dirName = value?.['dirName'];
    const parentId = value?.['parentId'];
    if (typeof dirName !== 'string' || typeof parentId !== 'bigint') return { objectId };
    return { objectId, dirName, parentId };
  }
  const file = fileOf(told);
  return file === undefined ? undefined : { objectId: file.parentId };
}

function pathOf(row: DecodedRow, known: ReadonlyMap<bigint, ObjectPath>): string | undefined {
  const object = objectOf(row);
  const found = object === undefined ? undefined : known.get(object.objectId);
  if (found === undefined) return undefined;
  const file = fileOf(row.told);
  if (file === undefined) return found.path;
  // A key of an object store may look like one of fileTable; its ids lead nowhere.
  return file.bucketId === found.bucketId ? `${found.path}/${file.name}` : undefined;
}

function fileOf({ key }: ToldRow) {
  const keyPrefix = key?.['keyPrefix'];
  const [, bucketId, parentId, name] = typeof keyPrefix === 'string' ? (FILE_KEY.exec(keyPrefix) ?? []) : [];
  if (bucketId === undefined || parentId === undefined || name === undefined) return undefined;
  return { bucketId: BigInt(bucketId), parentId: BigInt(parentId), name };
}
