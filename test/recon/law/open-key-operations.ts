import type { SeededRandom } from '../../../src/testing/index.ts';
import { FSO } from '../../ozone/protobuf/ozone-records.ts';
import { anyBucket } from './bucket-operations.ts';
import { anyFolder } from './file-operations.ts';
import { randomShape } from './key-shapes.ts';
import type { OmModel } from './om-model.ts';
import type { Key } from './om-records.ts';
import type { OmTable } from './om-table.ts';
import { NAMES, type OmOperation } from './operation.ts';

/** A client that writes a key, under a number of its own. */
const openKey: OmOperation = (om, random) => {
  const bucket = anyBucket(om, random);
  if (bucket === undefined) return undefined;
  const parent = bucket.layout === FSO ? anyFolder(om, random, bucket) : undefined;
  const key = { bucket, parent, name: random.pick(NAMES), id: om.newId(), ...randomShape(random) };
  const path = `${om.pathOf(key)}/${String(random.below(3))}`;
  om.openTable(bucket).set(path, key);
  return `open ${path}`;
};

/** The client flushes: the key can be read, and stays open. */
const hsyncKey: OmOperation = (om, random) => {
  const found = anyOpenKey(om, random);
  if (found === undefined) return undefined;
  const { table, path, key } = found;
  const grown = { ...key, size: key.size + 10n };
  table.set(path, grown);
  om.keyTable(key.bucket).set(om.pathOf(key), grown);
  return `hsync ${path}`;
};

const commitOpenKey: OmOperation = (om, random) => {
  const found = anyOpenKey(om, random);
  if (found === undefined) return undefined;
  const { table, path, key } = found;
  table.delete(path);
  om.commitKey({ ...key, ...randomShape(random) });
  return `commit ${path}`;
};

/** The service that clears up after clients that went away. */
const dropOpenKey: OmOperation = (om, random) => {
  const found = anyOpenKey(om, random);
  if (found === undefined) return undefined;
  const { table, path, key } = found;
  table.delete(path);
  if (random.below(2) === 0) om.sendToDeleted(key);
  return `drop the open key ${path}`;
};

function anyOpenKey(
  om: OmModel,
  random: SeededRandom,
): { readonly table: OmTable<Key>; readonly path: string; readonly key: Key } | undefined {
  const found = [om.openFiles, om.openKeys].flatMap((table) =>
    table
      .entries(({ bucket }, path) => !path.includes('upload') && om.openTable(bucket) === table)
      .map(([path, key]) => ({ table, path, key })),
  );
  return found.length === 0 ? undefined : random.pick(found);
}

export const openKeyOperations = { openKey, hsyncKey, commitOpenKey, dropOpenKey };
