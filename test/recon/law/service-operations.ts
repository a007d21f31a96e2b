import type { OmOperation } from './operation.ts';

/** How much one run of a purge takes. */
const CHUNKS = [1, 2, Infinity];

/** One step into a deleted directory: files and sub-directories directly in it, and the directory when nothing is left. */
const purgeDirectory: OmOperation = (om, random) => {
  const [path, directory] = om.deletedDirectories.pick(random) ?? [];
  if (path === undefined || directory === undefined) return undefined;
  let left = random.pick(CHUNKS);
  for (const [file, key] of om.files.entries(({ parent }) => parent === directory.id)) {
    if (left-- <= 0) return `purge some files of ${path}`;
    om.deleteKey(file, key);
  }
  for (const [below, inside] of om.directories.entries(({ parent }) => parent === directory.id)) {
    if (left-- <= 0) return `purge some of ${path}`;
    om.deleteDirectory(below, inside);
  }
  om.deletedDirectories.delete(path);
  return `purge ${path}`;
};

/** Blocks were deleted; a snapshot may hold some of the keys of a row, which then shrinks. */
const purgeDeletedKeys: OmOperation = (om, random) => {
  const [path, keys] = om.deletedKeys.pick(random) ?? [];
  if (path === undefined || keys === undefined) return undefined;
  if (keys.length > 1 && random.below(2) === 0) om.deletedKeys.set(path, keys.slice(1));
  else om.deletedKeys.delete(path);
  return `purge deleted key(s) ${path}`;
};

/** A snapshot, a tenant, a token: rows that are only counted. */
const changeCounted: OmOperation = (om, random) => {
  const table = random.pick(om.counted);
  const key = `/row-${String(random.below(3))}`;
  if (table.has(key) && random.below(2) === 0) table.delete(key);
  else table.set(key, String(random.below(10)));
  return `change ${table.name} ${key}`;
};

export const serviceOperations = { purgeDirectory, purgeDeletedKeys, changeCounted };
