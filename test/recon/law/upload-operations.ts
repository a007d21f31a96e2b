import type { SeededRandom } from '../../../src/testing/index.ts';
import { FSO } from '../../ozone/protobuf/ozone-records.ts';
import { anyBucket } from './bucket-operations.ts';
import { anyFolder } from './file-operations.ts';
import { randomReplication, randomShape, type Replicated } from './key-shapes.ts';
import type { OmModel } from './om-model.ts';
import { namePath, partKey, type Key, type Upload } from './om-records.ts';
import { NAMES, type OmOperation } from './operation.ts';

const PARTS = 4;

const initiateUpload: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random);
  if (bucket === undefined) return undefined;
  const upload: Upload = {
    bucket,
    parent: bucket.layout === FSO ? anyFolder(om, random, bucket) : undefined,
    name: random.pick(NAMES),
    uploadId: `upload-${String(random.below(3))}`,
    isSplit: random.below(3) > 0,
    parts: new Map(),
    ...randomReplication(random),
  };
  if (om.uploads.entries(({ uploadId }) => uploadId === upload.uploadId).length > 0) return undefined;
  om.uploads.set(infoPath(upload), upload);
  om.openTable(bucket).set(openPath(om, upload), { ...keyOf(om, upload), ...randomShape(random), size: 0n });
  return `initiate ${upload.isSplit ? 'split' : 'embedded'} upload ${infoPath(upload)}`;
};

/** A new part, or one that takes the place of another. */
const putPart: OmOperation = (om, random) => {
  const [path, upload] = om.uploads.pick(random) ?? [];
  if (path === undefined || upload === undefined) return undefined;
  const number = 1 + random.below(PARTS);
  const key = { ...keyOf(om, upload), ...randomShape(random), ...replicationOf(upload) };
  const before = upload.parts.get(number) ?? om.parts.get(partKey({ ...upload, number }))?.key;
  if (before !== undefined) om.sendToDeleted(before);
  if (upload.isSplit) om.parts.set(partKey({ ...upload, number }), { ...upload, number, key });
  om.uploads.set(path, {
    ...upload,
    ...(upload.isSplit ? {} : { parts: new Map(upload.parts).set(number, key) }),
  });
  return `put part ${String(number)} of upload ${path}`;
};

/** Parts may be written before their upload, or stay when it is gone. */
const putLonePart: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random);
  if (bucket === undefined) return undefined;
  const uploadId = `upload-${String(random.below(3))}`;
  const number = 1 + random.below(PARTS);
  const key = { bucket, parent: undefined, name: 'part', id: om.newId(), ...randomShape(random) };
  om.parts.set(partKey({ uploadId, number }), { uploadId, number, key });
  return `put part ${String(number)} of upload ${uploadId}, whether there is one or not`;
};

const dropLonePart: OmOperation = (om, random) => {
  const [path] = om.parts.pick(random) ?? [];
  if (path === undefined) return undefined;
  om.parts.delete(path);
  return `drop part ${JSON.stringify(path)}`;
};

const completeUpload: OmOperation = (om, random) => {
  const [path, upload] = om.uploads.pick(random) ?? [];
  if (path === undefined || upload === undefined) return undefined;
  endUpload(om, random, path, upload);
  om.commitKey({ ...keyOf(om, upload), ...randomShape(random), ...replicationOf(upload) });
  return `complete upload ${path}`;
};

const abortUpload: OmOperation = (om, random) => {
  const [path, upload] = om.uploads.pick(random) ?? [];
  if (path === undefined || upload === undefined) return undefined;
  for (const key of endUpload(om, random, path, upload)) om.sendToDeleted(key);
  return `abort upload ${path}`;
};

/** Takes the rows of an upload away, now and then without those of its parts; gives the parts. */
function endUpload(om: OmModel, random: SeededRandom, path: string, upload: Upload): Key[] {
  om.uploads.delete(path);
  om.openTable(upload.bucket).delete(openPath(om, upload));
  if (random.below(4) === 0) return [];
  const split = om.parts.entries(({ uploadId }) => uploadId === upload.uploadId);
  for (const [part] of split) om.parts.delete(part);
  return [...upload.parts.values(), ...split.map(([, { key }]) => key)];
}

function keyOf(
  om: OmModel,
  { bucket, parent, name }: Upload,
): Pick<Key, 'bucket' | 'parent' | 'name' | 'id'> {
  return { bucket, parent, name, id: om.newId() };
}

function replicationOf({ type, factor, ec }: Upload): Replicated {
  return { type, factor, ...(ec === undefined ? {} : { ec }) };
}

/** In all layouts by names. */
function infoPath({ bucket, name, uploadId }: Upload): string {
  return `${namePath(bucket, name)}/${uploadId}`;
}

function openPath(om: OmModel, upload: Upload): string {
  return `${om.pathOf(upload)}/${upload.uploadId}`;
}

export const uploadOperations = {
  initiateUpload,
  putPart,
  putLonePart,
  dropLonePart,
  completeUpload,
  abortUpload,
};
