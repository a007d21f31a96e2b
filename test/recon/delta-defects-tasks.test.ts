import { describe, expect, it } from 'vitest';
import {
  FSO,
  keyInfo,
  LEGACY,
  multipartKeyInfo,
  multipartPartInfo,
  OBS,
  partKeyInfo,
  repeatedKeyInfo,
} from '../ozone/protobuf/ozone-records.ts';
import { FollowedRows } from './law/followed-rows.ts';
import {
  containerCounts,
  containerKeys,
  fileCounts,
  globalStats,
  OmRows,
  summaries,
  summary,
} from './om-rows.ts';

const rows = (): OmRows => new OmRows();
const inContainer = (...containers: number[]) => ({ groups: [{ version: 0, containers }] });

/** A bucket of each layout, with something in each. */
const somewhat = (): OmRows =>
  rows()
    .bucket('v', 'f', 1, FSO)
    .bucket('v', 'o', 2, OBS)
    .bucket('v', 'l', 3, LEGACY)
    .directory(1, 'd', 5)
    .file(5, 'f', { size: 10, ...inContainer(1) })
    .key('v', 'o', 'k', { size: 10, ...inContainer(1) })
    .key('v', 'l', 'd/', { size: 0, objectId: 6 })
    .key('v', 'l', 'd/k', { size: 10 })
    .add('openKeyTable', '/v/o/k/1', keyInfo({ size: 10 }));

describe("Recon's defects of deltas: the six tasks", () => {
  it('defects 11, 12: an attempt that fails anywhere is taken back, and counts nothing twice', async () => {
    const followed = await FollowedRows.from(somewhat(), { filesystemPaths: true });
    const faults = await followed.applyWithFaults(
      rows()
        .directory(1, 'e', 7)
        .file(7, 'g', { size: 20, ...inContainer(1, 2) })
        .key('v', 'o', 'k', { size: 30, ...inContainer(3) })
        .key('v', 'l', 'd/l', { size: 10 })
        .add('openKeyTable', '/v/o/k/2', keyInfo({ size: 40 }))
        .add('deletedTable', '/v/o/k/9', repeatedKeyInfo(keyInfo({ size: 10 }))),
      ['directoryTable', '/1/2/1/d'],
      ['keyTable', '/v/l/d/'],
    );
    expect(faults).toBeGreaterThan(20);
    expect(summaries(followed.run)['1']).toMatchObject({ numOfFiles: 1, sizeOfFiles: 20n, childDir: [7n] });
    expect(globalStats(followed.run)).toMatchObject({
      openKeyTableCount: 2n,
      openKeyTableUnReplicatedDataSize: 50n,
      deletedTableCount: 1n,
    });
  });

  it('defect 13: a row that is deleted twice in one fetch is subtracted once', async () => {
    const followed = await FollowedRows.from(
      somewhat().key('v', 'o', 'other', { size: 10, ...inContainer(1) }),
    );
    const value = keyInfo({ volume: 'v', bucket: 'o', name: 'k', size: 10, ...inContainer(1) });
    const key = Buffer.from('/v/o/k');
    followed.miss(['keyTable', '/v/o/k']);
    await followed.applyEvents([
      { sequence: 50n, table: 'keyTable', key, before: value },
      { sequence: 51n, table: 'keyTable', key },
    ]);
    expect(summaries(followed.run)['2']).toEqual(
      summary({ numOfFiles: 1, sizeOfFiles: 10n, replicatedSizeOfFiles: 30n }),
    );
    expect(globalStats(followed.run)['keyTableCount']).toBe(3n);
    expect(fileCounts(followed.run)['v/o/1024']).toBe(1n);
    expect(containerCounts(followed.run)).toEqual({ 1: 2n });
  });

  it('defect 31: deltas leave the deletedTable sizes as a rebuild does, neither swapped', async () => {
    const followed = await FollowedRows.from(rows().add('deletedTable', '/v/b/old/1', repeatedKeyInfo()));
    const key = keyInfo({ size: 10 });
    await followed.apply(rows().add('deletedTable', '/v/b/k/1', repeatedKeyInfo(key, key)));
    expect(globalStats(followed.run)).toMatchObject({
      deletedTableCount: 2n,
      deletedTableUnReplicatedDataSize: 20n,
      deletedTableReplicatedDataSize: 60n,
    });
  });

  it('Recon 3.5: a deletedTable row that grows or shrinks is counted as it is', async () => {
    const key = keyInfo({ size: 10 });
    const row = (...keys: Uint8Array[]): OmRows =>
      rows().add('deletedTable', '/v/b/k/1', repeatedKeyInfo(...keys));
    const followed = await FollowedRows.from(row(key));
    await followed.apply(row(key, key, key));
    expect(globalStats(followed.run)).toMatchObject({
      deletedTableCount: 3n,
      deletedTableUnReplicatedDataSize: 30n,
    });
    await followed.apply(row(key));
    expect(globalStats(followed.run)).toMatchObject({
      deletedTableCount: 1n,
      deletedTableReplicatedDataSize: 30n,
    });
  });

  it('Recon 3.5: parts of a split upload count while it is there, whichever comes first', async () => {
    const part = (number: number, size: number): OmRows =>
      rows().add(
        'multipartPartsTable',
        Buffer.concat([Buffer.from('u/'), Buffer.from([0, 0, 0, number])]),
        multipartPartInfo({ partNumber: number, size }),
      );
    const upload = rows().add(
      'multipartInfoTable',
      '/v/b/k/u',
      multipartKeyInfo({ uploadId: 'u', schemaVersion: 1 }),
    );
    const followed = await FollowedRows.from(
      rows().add('multipartInfoTable', '/v/b/old/w', multipartKeyInfo()).add('multipartPartsTable', 'x/'),
    );
    await followed.apply(part(1, 10));
    const sizes = (): unknown[] =>
      ['UnReplicated', 'Replicated'].map(
        (kind) => globalStats(followed.run)[`multipartInfoTable${kind}DataSize`],
      );
    expect(sizes()).toEqual([0n, 0n]);
    await followed.apply(upload, part(2, 5));
    expect(sizes()).toEqual([15n, 45n]);
    await followed.apply(['multipartInfoTable', '/v/b/k/u']);
    expect(sizes()).toEqual([0n, 0n]);
  });

  it('defect 37: a key is taken out although neighbours like key10 stand before its rows', async () => {
    const names = ['key1', 'key10', 'key1-2', 'key1Z', 'key1/x', 'key1_', 'key1_2', 'key1a'];
    const all = rows().bucket('v', 'b', 1, OBS);
    for (const name of names) all.key('v', 'b', name, inContainer(1, 2));
    const followed = await FollowedRows.from(all);
    await followed.apply(['keyTable', '/v/b/key1']);
    expect(containerKeys(followed.run)).toHaveLength(2 * (names.length - 1));
    expect(containerKeys(followed.run)).not.toContain('/v/b/key1@0 in 1');
    expect(containerCounts(followed.run)).toEqual({ 1: 7n, 2: 7n });
  });

  it('defect 37: a key that is overwritten leaves its old containers', async () => {
    const followed = await FollowedRows.from(
      rows().bucket('v', 'b', 1, OBS).key('v', 'b', 'k', inContainer(1, 2)).file(1, 'f', inContainer(1)),
    );
    await followed.apply(rows().key('v', 'b', 'k', inContainer(2, 3)));
    expect(containerKeys(followed.run).toSorted()).toEqual([
      '/1/2/1/f@0 in 1',
      '/v/b/k@0 in 2',
      '/v/b/k@0 in 3',
    ]);
    expect(containerCounts(followed.run)).toEqual({ 1: 1n, 2: 1n, 3: 1n });
  });

  it('defect 37: a key deleted and written again in one delta keeps its mapping', async () => {
    const again = rows().key('v', 'b', 'k', inContainer(1));
    const followed = await FollowedRows.from(
      rows().bucket('v', 'b', 1, OBS).key('v', 'b', 'k', inContainer(1)),
    );
    await followed.apply(['keyTable', '/v/b/k'], again);
    expect(containerKeys(followed.run)).toEqual(['/v/b/k@0 in 1']);
    expect(containerCounts(followed.run)).toEqual({ 1: 1n });
    await followed.apply(['keyTable', '/v/b/k']);
    expect(containerCounts(followed.run)).toEqual({});
  });

  it('defect 39: no count falls below zero, and none of a key, an upload or a size stays behind', async () => {
    const parts = [partKeyInfo(1, keyInfo({ size: 10 })), partKeyInfo(2, keyInfo({ size: 5 }))];
    const some = (): OmRows =>
      rows()
        .add('deletedTable', '/v/b/k/1', repeatedKeyInfo(keyInfo({ size: 10 })))
        .add('openKeyTable', '/v/b/k/1', keyInfo({ size: 10 }))
        .add('multipartInfoTable', '/v/b/k/u', multipartKeyInfo({ parts }))
        .key('v', 'b', 'k', { size: 10 });
    const gone = Object.entries(some().tables).map(
      ([table]) =>
        [
          table,
          table === 'keyTable' ? '/v/b/k' : table === 'multipartInfoTable' ? '/v/b/k/u' : '/v/b/k/1',
        ] as const,
    );
    const followed = await FollowedRows.from(some());
    await followed.apply(...gone, some(), ...gone);
    const left = Object.entries(globalStats(followed.run)).filter(([, value]) => value !== 0n);
    expect(left).toEqual([]);
    expect(fileCounts(followed.run)).toEqual({});
    await followed.apply(some());
    expect(globalStats(followed.run)).toMatchObject({
      multipartInfoTableUnReplicatedDataSize: 15n,
      deletedTableCount: 1n,
      openKeyTableReplicatedDataSize: 30n,
    });
    expect(fileCounts(followed.run)).toEqual({ 'v/b/1024': 1n });
  });
});
