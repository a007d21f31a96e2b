import { describe, expect, it } from 'vitest';
import { FSO, LEGACY, OBS } from '../ozone/protobuf/ozone-records.ts';
import { FollowedRows, type Change } from './law/followed-rows.ts';
import { fileCounts, OmRows, summaries, summary } from './om-rows.ts';

const paths = { filesystemPaths: true };
/** What files of the tests sum up to: 10 bytes, three times. */
const files = (count: number) => ({
  numOfFiles: count,
  sizeOfFiles: BigInt(count * 10),
  replicatedSizeOfFiles: BigInt(count * 30),
});
const rows = (): OmRows => new OmRows();
const file = (parent: number, name: string): OmRows => rows().file(parent, name, { size: 10 });
const noFile = (parent: number, name: string): Change => ['fileTable', `/1/2/${String(parent)}/${name}`];
const noDirectory = (parent: number, name: string): Change => [
  'directoryTable',
  `/1/2/${String(parent)}/${name}`,
];

/** Bucket 1, in it directory 5 with directory 6 in it, and a file in both; and directory 9. */
const tree = (): OmRows =>
  rows()
    .bucket('v', 'b', 1, FSO)
    .directory(1, 'd', 5)
    .directory(5, 'e', 6)
    .directory(1, 'z', 9)
    .file(5, 'f', { size: 10 })
    .file(6, 'g', { size: 10 });

describe("Recon's defects of deltas: the namespace", () => {
  describe.each(['new row first', 'old row first'])('defect 32: a directory is renamed, the %s', (order) => {
    const inOrder = (added: Change, gone: Change): Change[] =>
      order === 'new row first' ? [added, gone] : [gone, added];

    it('defect 32: into another directory; its totals follow, and so do files that come later', async () => {
      const followed = await FollowedRows.from(tree());
      await followed.apply(...inOrder(rows().directory(9, 'y', 5), noDirectory(1, 'd')));
      await followed.apply(file(6, 'later'));
      expect(summaries(followed.run)).toEqual({
        1: summary({ ...files(3), childDir: [9n] }),
        5: summary({ ...files(3), childDir: [6n], dirName: 'y', parentId: 9n }),
        6: summary({ ...files(2), dirName: 'e', parentId: 5n }),
        9: summary({ ...files(3), childDir: [5n], dirName: 'z', parentId: 1n }),
      });
    });

    it('defect 32: within its parent; the parent keeps its child', async () => {
      const followed = await FollowedRows.from(tree());
      await followed.apply(...inOrder(rows().directory(1, 'y', 5), noDirectory(1, 'd')));
      expect(summaries(followed.run)['1']).toEqual(summary({ ...files(2), childDir: [5n, 9n] }));
      expect(summaries(followed.run)['5']).toMatchObject({ dirName: 'y', parentId: 1n, numOfFiles: 2 });
    });
  });

  it('defect 33: a directory deleted and purged in one delta is subtracted once', async () => {
    const pending: Change = ['deletedDirectoryTable', '/1/2/1/d/5'];
    const followed = await FollowedRows.from(tree());
    // The purge's batch begins with the pending row, and the sub-directory comes before its files are gone.
    await followed.apply(
      rows().add('deletedDirectoryTable', '/1/2/1/d/5', 'a directory'),
      pending,
      noDirectory(1, 'd'),
      noDirectory(5, 'e'),
      noFile(5, 'f'),
      noFile(6, 'g'),
    );
    expect(summaries(followed.run)).toEqual({
      1: summary({ childDir: [9n] }),
      9: summary({ dirName: 'z', parentId: 1n }),
    });
  });

  it('defect 33: the same in steps: what is left of a deleted directory is told under its id', async () => {
    const followed = await FollowedRows.from(tree());
    await followed.apply(
      noDirectory(1, 'd'),
      rows().add('deletedDirectoryTable', '/1/2/1/d/5', 'a directory'),
    );
    expect(summaries(followed.run)['1']).toEqual(summary({ childDir: [9n] }));
    expect(summaries(followed.run)['5']).toEqual(summary({ ...files(2), childDir: [6n] }));
    await followed.apply(['deletedDirectoryTable', '/1/2/1/d/5'], noFile(5, 'f'), noDirectory(5, 'e'));
    await followed.apply(noFile(6, 'g'));
    expect(Object.keys(summaries(followed.run)).toSorted()).toEqual(['1', '9']);
  });

  it('defect 34: keys of a bucket that the same delta deletes are taken out of it', async () => {
    const followed = await FollowedRows.from(
      rows().bucket('v', 'b', 1, OBS).key('v', 'b', 'k', { size: 10 }).key('v', 'b', 'l', { size: 10 }),
    );
    await followed.apply(['bucketTable', '/v/b'], ['keyTable', '/v/b/k'], ['keyTable', '/v/b/l']);
    expect(summaries(followed.run)).toEqual({});
  });

  it('defect 34: keys of a bucket that is deleted and created again are booked on the bucket of their time', async () => {
    const followed = await FollowedRows.from(
      rows().bucket('v', 'b', 1, OBS).key('v', 'b', 'k', { size: 10 }),
    );
    await followed.apply(
      ['keyTable', '/v/b/k'],
      ['bucketTable', '/v/b'],
      rows().bucket('v', 'b', 2, OBS),
      rows().key('v', 'b', 'new', { size: 10 }),
    );
    expect(summaries(followed.run)).toEqual({ 2: summary(files(1)) });
  });

  it('defect 34: keys that were left behind are booked as the bucket under their name now is', async () => {
    const followed = await FollowedRows.from(
      rows()
        .bucket('v', 'b', 1, LEGACY)
        .key('v', 'b', 'd/', { objectId: 5, size: 0 })
        .key('v', 'b', 'd/k', { size: 10 }),
      paths,
    );
    await followed.apply(['bucketTable', '/v/b'], rows().bucket('v', 'b', 2, OBS));
    expect(summaries(followed.run)).toEqual({ 2: summary({ ...files(1), numOfFiles: 2 }) });
    await followed.apply(['bucketTable', '/v/b']);
    expect(summaries(followed.run)).toEqual({});
    await followed.apply(rows().bucket('v', 'b', 3, LEGACY));
    expect(summaries(followed.run)['5']).toEqual(summary({ ...files(1), dirName: 'd', parentId: 3n }));
  });

  it('defect 34: a LEGACY directory goes with all that is in it, in any order', async () => {
    const marked = rows()
      .bucket('v', 'b', 1, LEGACY)
      .key('v', 'b', 'd/', { objectId: 5, size: 0 })
      .key('v', 'b', 'd/k', { size: 10 });
    for (const gone of [
      ['d/', 'd/k'],
      ['d/k', 'd/'],
    ]) {
      const followed = await FollowedRows.from(marked, paths);
      await followed.apply(...gone.map((name): Change => ['keyTable', `/v/b/${name}`]));
      expect(summaries(followed.run)).toEqual({});
    }
  });

  it('defect 35: no bucket is remembered: one that was created again in a gap has its new id', async () => {
    const followed = await FollowedRows.from(rows().bucket('v', 'b', 1, OBS));
    await followed.apply(rows().key('v', 'b', 'k', { size: 10 }));
    followed.miss(['bucketTable', '/v/b'], rows().bucket('v', 'b', 2, OBS));
    await followed.rebuild();
    await followed.apply(rows().key('v', 'b', 'l', { size: 10 }));
    expect(summaries(followed.run)).toEqual({ 2: summary(files(2)) });
  });

  it('defect 36: a marker that is written again counts what is in its directory once', async () => {
    const marker = (updated: number): OmRows =>
      rows().key('v', 'b', 'd/', { objectId: 5, size: 0, groups: [{ containers: [updated] }] });
    const followed = await FollowedRows.from(
      rows().bucket('v', 'b', 1, LEGACY).key('v', 'b', 'd/', { objectId: 5, size: 0 }),
      paths,
    );
    await followed.apply(rows().key('v', 'b', 'd/k', { size: 10 }));
    await followed.apply(marker(1));
    await followed.apply(marker(2));
    expect(summaries(followed.run)).toEqual({
      1: summary({ ...files(1), childDir: [5n] }),
      5: summary({ ...files(1), dirName: 'd', parentId: 1n }),
    });
  });

  it('defect 38: rows of deleted buckets, and of LEGACY directories that went, are removed', async () => {
    const followed = await FollowedRows.from(
      tree().bucket('v', 'l', 2, LEGACY).key('v', 'l', 'd/', { objectId: 20, size: 0 }).key('v', 'l', 'd/k'),
      paths,
    );
    expect(Object.keys(summaries(followed.run))).toContain('20');
    await followed.apply(['keyTable', '/v/l/d/k'], ['keyTable', '/v/l/d/']);
    await followed.apply(['bucketTable', '/v/l'], ['bucketTable', '/v/b']);
    expect(Object.keys(summaries(followed.run)).toSorted()).toEqual(['1', '5', '6', '9']);
    await followed.apply(noFile(5, 'f'), noFile(6, 'g'));
    await followed.apply(noDirectory(1, 'd'), noDirectory(5, 'e'), noDirectory(1, 'z'));
    expect(summaries(followed.run)).toEqual({});
  });

  it('defect 39: no count falls below zero, or forgets that it would have, whatever the order', async () => {
    const followed = await FollowedRows.from(rows().bucket('v', 'b', 1, FSO).directory(1, 'd', 5));
    // Overwritten and gone within one delta; then one that comes back.
    await followed.apply(file(5, 'f'), noFile(5, 'f'), file(5, 'g'), noFile(5, 'g'));
    expect(summaries(followed.run)['5']).toEqual(summary({ dirName: 'd', parentId: 1n }));
    await followed.apply(file(5, 'f'));
    await followed.apply(noFile(5, 'f'), noDirectory(1, 'd'), file(5, 'g'));
    await followed.apply(noFile(5, 'g'));
    expect(summaries(followed.run)).toEqual({});
    expect(fileCounts(followed.run)).toEqual({});
  });
});
