import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EC, FSO, LEGACY, OBS, RATIS, STAND_ALONE } from '../ozone/protobuf/ozone-records.ts';
import { expectedOf, fileKey, keyPath, type Namespace } from './namespace-oracle.ts';
import { containerCounts, containerKeys, fileCounts, OmRows } from './om-rows.ts';

// Few ids and names, so that duplicates, orphans and cycles are common.
const id = fc.oneof(
  fc.bigInt({ min: 1n, max: 12n }),
  fc.constantFrom(0n, -1n, 1n << 40n, -9223372036854775552n, -9223372036854775296n),
);
const name = fc.constantFrom('a', 'b', 'a0', 'a-', 'c_', 'é');
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([parts, marker]) => parts.join('/') + (marker ? '/' : ''));
const entry = {
  size: fc.oneof(
    fc.bigInt({ min: 0n, max: 5000n }),
    fc.constantFrom(1n << 20n, (1n << 40n) - 1n, 1n << 40n, (1n << 52n) + 1n, (1n << 63n) - 1n),
  ),
  type: fc.constantFrom(RATIS, STAND_ALONE, EC),
  factor: fc.constantFrom(1, 3),
  ec: fc.constantFrom(
    { data: 3, parity: 2, chunk: 1024 },
    { data: 10, parity: 4, codec: 'RS', chunk: 1 << 20 },
    { data: 1, parity: 5000, codec: 'xor', chunk: 7 },
  ),
  containers: fc.array(fc.nat(5), { maxLength: 4 }),
};
const buckets = fc.constantFrom('obs', 'legacy', 'gone').map((bucket) => bucket);

const namespace: fc.Arbitrary<Namespace> = fc.record({
  filesystemPaths: fc.boolean(),
  buckets: fc.constant([
    { name: 'fso', id: 1n, layout: FSO },
    { name: 'obs', id: 2n, layout: OBS },
    { name: 'legacy', id: 3n, layout: LEGACY },
  ]),
  directories: fc.uniqueArray(fc.record({ parent: id, name, id }), { selector: fileKey, maxLength: 15 }),
  files: fc.uniqueArray(fc.record({ parent: id, name, ...entry }), { selector: fileKey, maxLength: 15 }),
  keys: fc.uniqueArray(fc.record({ bucket: buckets, name: path, id, ...entry }), {
    selector: keyPath,
    maxLength: 25,
  }),
});

function rowsOf({ buckets: all, directories, files, keys }: Namespace): OmRows {
  const rows = new OmRows();
  for (const bucket of all) rows.bucket('v', bucket.name, bucket.id, bucket.layout);
  for (const directory of directories) rows.directory(directory.parent, directory.name, directory.id);
  const groups = (containers: readonly number[]): object => ({ groups: [{ version: 0, containers }] });
  for (const { parent, containers, ...file } of files) {
    rows.file(parent, file.name, { volume: 'v', bucket: 'fso', ...file, ...groups(containers) });
  }
  for (const { bucket, id: objectId, containers, ...key } of keys) {
    rows.key('v', bucket, key.name, { objectId, ...key, ...groups(containers) });
  }
  return rows;
}

it('the tasks agree with the obvious computation on random namespaces', async () => {
  await fc.assert(
    fc.asyncProperty(namespace, async (given) => {
      const expected = expectedOf(given);
      const run = await rowsOf(given).run({ filesystemPaths: given.filesystemPaths });
      const summaries = new Map(
        [...(run.tables.get('namespaceSummaryTable') ?? [])].map(([key, value]) => [
          key,
          Buffer.from(value).toString('hex'),
        ]),
      );
      expect(summaries).toEqual(expected.summaries);
      expect(run.quarantined.filter(({ task }) => task === 'NSSummaryTask')).toHaveLength(
        expected.quarantined,
      );
      expect(run.findings.filter(({ kind }) => kind === 'legacy-orphan')).toHaveLength(expected.orphans);
      expect(fileCounts(run)).toEqual(expected.fileCounts);
      expect(containerKeys(run).toSorted()).toEqual(expected.containerKeys);
      expect(containerCounts(run)).toEqual(expected.containerCounts);
    }),
    { numRuns: 500 },
  );
});
