import type { SeededRandom } from '../../../src/testing/index.ts';
import { FSO } from '../../ozone/protobuf/ozone-records.ts';
import { anyBucket } from './bucket-operations.ts';
import { randomShape } from './key-shapes.ts';
import type { OmModel } from './om-model.ts';
import { idPath, type Bucket, type Directory } from './om-records.ts';
import { NAMES, type OmOperation } from './operation.ts';

const makeDirectory: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random, [FSO]);
  if (bucket === undefined) return undefined;
  const directory = {
    bucket,
    parent: anyFolder(om, random, bucket),
    name: random.pick(NAMES),
    id: om.newId(),
  };
  const path = pathOf(directory);
  if (isTaken(om, path)) return undefined;
  om.directories.set(path, directory);
  return `make directory ${path} (${String(directory.id)})`;
};

const writeFile: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random, [FSO]);
  if (bucket === undefined) return undefined;
  const parent = anyFolder(om, random, bucket);
  const file = { bucket, parent, name: random.pick(NAMES), id: om.newId(), ...randomShape(random) };
  const path = pathOf(file);
  if (om.directories.has(path)) return undefined;
  om.commitKey(file);
  return `write file ${path}`;
};

/** The object id stays; what was there before waits to be deleted under it. */
const overwriteFile: OmOperation = (om, random) => {
  const [path, file] = om.files.pick(random) ?? [];
  if (path === undefined || file === undefined) return undefined;
  om.commitKey({ ...file, ...randomShape(random) });
  return `overwrite file ${path}`;
};

const renameFile: OmOperation = (om, random) => {
  const [path, file] = om.files.pick(random) ?? [];
  if (path === undefined || file === undefined) return undefined;
  const moved = { ...file, parent: anyFolder(om, random, file.bucket), name: random.pick(NAMES) };
  const target = pathOf(moved);
  if (isTaken(om, target)) return undefined;
  om.files.delete(path);
  om.files.set(target, moved);
  om.countedTable('snapshotRenamedTable').set(`/v/b/${String(file.id)}`, path);
  return `rename file ${path} to ${target}`;
};

/** Within its parent or to another one, with all that is below it. */
const renameDirectory: OmOperation = (om, random) => {
  const [path, directory] = om.directories.pick(random) ?? [];
  if (path === undefined || directory === undefined) return undefined;
  const parent = random.below(3) === 0 ? directory.parent : anyFolder(om, random, directory.bucket);
  const moved = { ...directory, parent, name: random.pick(NAMES) };
  const target = pathOf(moved);
  if (isTaken(om, target) || isBelow(om, parent, directory.id)) return undefined;
  om.directories.delete(path);
  om.directories.set(target, moved);
  om.countedTable('snapshotRenamedTable').set(`/v/b/${String(directory.id)}`, path);
  return `rename directory ${path} (${String(directory.id)}) to ${target}`;
};

const deleteFile: OmOperation = (om, random) => {
  const [path, file] = om.files.pick(random) ?? [];
  if (path === undefined || file === undefined) return undefined;
  om.deleteKey(path, file);
  return `delete file ${path}`;
};

const deleteDirectory: OmOperation = (om, random) => {
  const [path, directory] = om.directories.pick(random) ?? [];
  if (path === undefined || directory === undefined) return undefined;
  om.deleteDirectory(path, directory);
  return `delete directory ${path} (${String(directory.id)})`;
};

function pathOf({ bucket, parent, name }: Pick<Directory, 'bucket' | 'parent' | 'name'>): string {
  return idPath(bucket, parent, name);
}

function isTaken(om: OmModel, path: string): boolean {
  return om.directories.has(path) || om.files.has(path);
}

/** The bucket, or one of its directories that can be reached by a path. */
export function anyFolder(om: OmModel, random: SeededRandom, bucket: Bucket): bigint {
  const found = om.directories.entries(
    ({ bucket: own, id }) => own.id === bucket.id && isBelow(om, id, bucket.id),
  );
  return random.pick([bucket.id, ...found.map(([, { id }]) => id)]);
}

/** Whether `id` is `ancestor` or below it. */
function isBelow(om: OmModel, id: bigint, ancestor: bigint): boolean {
  const parents = new Map(om.directories.values().map((directory) => [directory.id, directory.parent]));
  let at: bigint | undefined = id;
  while (at !== undefined && at !== ancestor) at = parents.get(at);
  return at === ancestor;
}

export const fileOperations = {
  makeDirectory,
  writeFile,
  overwriteFile,
  renameFile,
  renameDirectory,
  deleteFile,
  deleteDirectory,
};
