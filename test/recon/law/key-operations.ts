import type { SeededRandom } from '../../../src/testing/index.ts';
import { LEGACY, OBS } from '../../ozone/protobuf/ozone-records.ts';
import { anyBucket } from './bucket-operations.ts';
import { randomShape } from './key-shapes.ts';
import type { OmModel } from './om-model.ts';
import { namePath, type Bucket, type Key } from './om-records.ts';
import { NAMES, type OmOperation } from './operation.ts';

/** In an OBS bucket, and in a LEGACY one without file-system paths, a slash is a character like others. */
const writeKey: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random, [OBS, LEGACY]);
  if (bucket === undefined) return undefined;
  const name = anyName(random) + (random.below(6) === 0 ? '/' : '');
  om.commitKey(newKey(om, random, bucket, name));
  return `write key ${namePath(bucket, name)}`;
};

const overwriteKey: OmOperation = (om, random) => {
  const [path, key] = om.keys.pick(random) ?? [];
  if (path === undefined || key === undefined) return undefined;
  om.commitKey({ ...key, ...randomShape(random) });
  return `overwrite key ${path}`;
};

/** As with file-system paths on: missing markers of parents are made first. */
const writeLegacyFile: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random, [LEGACY]);
  if (bucket === undefined) return undefined;
  const name = anyName(random);
  makeMarkers(om, bucket, name);
  om.commitKey(newKey(om, random, bucket, name));
  return `write key ${namePath(bucket, name)} and the markers above`;
};

const makeLegacyDirectory: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random, [LEGACY]);
  if (bucket === undefined) return undefined;
  const name = `${anyName(random)}/`;
  makeMarkers(om, bucket, name);
  return `make directory ${namePath(bucket, name)}`;
};

/** One key goes where it likes: nobody makes the markers of its new parents. */
const renameKey: OmOperation = (om, random) => {
  const [path, key] = om.keys.pick(random) ?? [];
  if (path === undefined || key === undefined) return undefined;
  const name = anyName(random) + (path.endsWith('/') ? '/' : '');
  if (om.keys.has(namePath(key.bucket, name))) return undefined;
  moveKey(om, path, key, name);
  return `rename key ${path} to ${namePath(key.bucket, name)}`;
};

/** A directory of a LEGACY bucket is renamed key by key; a client that dies leaves some behind. */
const renameLegacyDirectory: OmOperation = (om, random) => {
  const [marker, directory] = om.keys.pick(random, isMarker) ?? [];
  if (marker === undefined || directory === undefined) return undefined;
  const target = `${anyName(random)}/`;
  if (namePath(directory.bucket, target).startsWith(marker)) return undefined;
  const left = random.below(3) === 0 ? 2 : Infinity;
  const inside = random.shuffled(om.keys.entries((_, path) => path.startsWith(marker))).slice(0, left);
  for (const [path, key] of inside) {
    const name = target + path.slice(marker.length);
    if (!om.keys.has(namePath(key.bucket, name))) moveKey(om, path, key, name);
  }
  return `rename ${String(inside.length)} key(s) of ${marker} into ${target}`;
};

const deleteKey: OmOperation = (om, random) => {
  const [path, key] = om.keys.pick(random) ?? [];
  if (path === undefined || key === undefined) return undefined;
  om.deleteKey(path, key);
  return `delete key ${path}`;
};

/** What it marked stays, without a parent. */
const deleteMarker: OmOperation = (om, random) => {
  const [path, key] = om.keys.pick(random, isMarker) ?? [];
  if (path === undefined || key === undefined) return undefined;
  om.deleteKey(path, key);
  return `delete marker ${path}`;
};

function isMarker({ bucket }: Key, path: string): boolean {
  return bucket.layout === LEGACY && path.endsWith('/');
}

function anyName(random: SeededRandom): string {
  return Array.from({ length: 1 + random.below(3) }, () => random.pick(NAMES)).join('/');
}

function newKey(om: OmModel, random: SeededRandom, bucket: Bucket, name: string): Key {
  return { bucket, parent: undefined, name, id: om.newId(), ...randomShape(random) };
}

function makeMarkers(om: OmModel, bucket: Bucket, name: string): void {
  for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
    const marker = name.slice(0, end + 1);
    if (om.keys.has(namePath(bucket, marker))) continue;
    const shape = { type: 1, factor: 3, size: 0n, groups: [] };
    om.keys.set(namePath(bucket, marker), {
      bucket,
      parent: undefined,
      name: marker,
      id: om.newId(),
      ...shape,
    });
  }
}

function moveKey(om: OmModel, path: string, key: Key, name: string): void {
  om.keys.delete(path);
  om.keys.set(namePath(key.bucket, name), { ...key, name });
}

export const keyOperations = {
  writeKey,
  overwriteKey,
  writeLegacyFile,
  makeLegacyDirectory,
  renameKey,
  renameLegacyDirectory,
  deleteKey,
  deleteMarker,
};
