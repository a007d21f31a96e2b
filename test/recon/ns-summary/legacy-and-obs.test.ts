import { describe, expect, it } from 'vitest';
import { LEGACY, FSO, OBS } from '../../ozone/protobuf/ozone-records.ts';
import { findings, OmRows, quarantined, summaries, summary } from '../om-rows.ts';

const BUCKET = 700n;

function legacy(): OmRows {
  return new OmRows().bucket('v', 'b', BUCKET, LEGACY);
}

function marker(rows: OmRows, name: string, objectId: number): OmRows {
  return rows.key('v', 'b', name, { size: 0, objectId });
}

const one = (size: bigint): object => ({
  numOfFiles: 1,
  sizeOfFiles: size,
  replicatedSizeOfFiles: size * 3n,
});

describe('NSSummaryTask on OBS buckets', () => {
  it('books every key on its bucket, slashes or not', async () => {
    const run = await new OmRows()
      .bucket('v', 'obs', 5, OBS)
      .key('v', 'obs', 'a/b/c', { size: 1 })
      .key('v', 'obs', 'a/', { size: 0 })
      .key('v', 'obs', 'x', { size: 2 })
      .run({ filesystemPaths: true });
    expect(summaries(run)).toEqual({
      5: summary({ numOfFiles: 3, sizeOfFiles: 3n, replicatedSizeOfFiles: 9n }),
    });
    expect(findings(run)).toEqual([]);
  });

  it('tells buckets apart whose names start alike', async () => {
    const run = await new OmRows()
      .bucket('v', 'b', 5, OBS)
      .bucket('v', 'b1', 6, OBS)
      .bucket('v1', 'b', 7, OBS)
      .key('v', 'b', 'k', { size: 1 })
      .key('v', 'b1', 'k', { size: 2 })
      .key('v1', 'b', 'k', { size: 4 })
      .run();
    expect(summaries(run)).toEqual({ 5: summary(one(1n)), 6: summary(one(2n)), 7: summary(one(4n)) });
  });

  it('sets the second of two buckets with one object id aside, and its keys', async () => {
    const run = await new OmRows()
      .bucket('v', 'first', 5, OBS)
      .bucket('v', 'second', 5, OBS)
      .key('v', 'first', 'k', { size: 1 })
      .key('v', 'second', 'k', { size: 2 })
      .run();
    expect(summaries(run)).toEqual({ 5: summary(one(1n)) });
    expect(quarantined(run)).toEqual([
      'NSSummaryTask bucketTable /v/second: Another bucket has the same object id',
      'NSSummaryTask keyTable /v/second/k: There is no good row of its bucket',
    ]);
  });

  it('alone sets keys without a bucket row aside', async () => {
    const run = await new OmRows()
      .bucket('v', 'fso', 5, FSO)
      .add('bucketTable', '/v/bad', 'x')
      .key('v', 'gone', 'k')
      .key('v', 'bad', 'k')
      .key('v', 'fso', 'k')
      .add('keyTable', 'noslash', new OmRows().key('v', 'b', 'k').tables['keyTable']?.[0]?.[1] ?? '')
      .run();
    expect(quarantined(run)).toEqual([
      'NSSummaryTask bucketTable /v/bad: A field leaves its message: the record is cut off or damaged',
      'NSSummaryTask keyTable /v/bad/k: There is no good row of its bucket',
      'NSSummaryTask keyTable /v/fso/k: Its bucket is FILE_SYSTEM_OPTIMIZED and keeps no keys here',
      'NSSummaryTask keyTable /v/gone/k: There is no good row of its bucket',
      'NSSummaryTask keyTable noslash: The key has not the form /volume/bucket/key',
    ]);
    expect(summaries(run)).toEqual({});
  });
});

describe('NSSummaryTask on LEGACY buckets', () => {
  it('treats them as OBS without file-system paths, and reports markers', async () => {
    const rows = marker(legacy(), 'd/', 1).key('v', 'b', 'd/k', { size: 5 });
    const run = await rows.run();
    expect(summaries(run)).toEqual({ 700: summary({ ...one(5n), numOfFiles: 2 }) });
    expect(findings(run)).toEqual(['legacy-directory-marker /v/b/d/']);
  });

  it('takes a bucket without a layout for LEGACY', async () => {
    const rows = new OmRows().bucket('v', 'b', BUCKET, undefined);
    const run = await marker(rows, 'd/', 1).run({ filesystemPaths: true });
    expect(Object.keys(summaries(run))).toEqual(['1', '700']);
  });

  it('takes markers for directories with file-system paths', async () => {
    const rows = legacy();
    marker(marker(marker(rows, 'd/', 1), 'd/e/', 2), 'd-2/', 3);
    const run = await rows
      .key('v', 'b', 'd/e/k', { size: 5 })
      .key('v', 'b', 'd/l', { size: 7 })
      .key('v', 'b', 'd', { size: 1 })
      .key('v', 'b', 'z', { size: 100 })
      .run({ filesystemPaths: true });
    const sums = (files: number, size: bigint): object => ({ ...one(size), numOfFiles: files });
    expect(summaries(run)).toEqual({
      1: summary({ ...sums(2, 12n), childDir: [2n], dirName: 'd', parentId: BUCKET }),
      2: summary({ ...sums(1, 5n), dirName: 'd/e', parentId: 1n }),
      3: summary({ dirName: 'd-2', parentId: BUCKET }),
      700: summary({ ...sums(4, 113n), childDir: [1n, 3n] }),
    });
    expect(findings(run)).toEqual([]);
  });

  it('finds the parents of names with repeated slashes as Java does', async () => {
    const rows = legacy();
    marker(marker(marker(rows, 'a/', 1), 'a//', 2), '/', 3);
    marker(marker(rows, 'a/b/', 4), 'a/b//', 5);
    const run = await rows
      .key('v', 'b', 'a//k', { size: 1 })
      .key('v', 'b', '/k', { size: 2 })
      .run({ filesystemPaths: true });
    expect(summaries(run)).toEqual({
      1: summary({ childDir: [4n, 5n], dirName: 'a', parentId: BUCKET }),
      2: summary({ ...one(1n), dirName: 'a', parentId: BUCKET }),
      3: summary({ ...one(2n), dirName: '/', parentId: BUCKET }),
      4: summary({ dirName: 'a/b', parentId: 1n }),
      5: summary({ dirName: 'a/b', parentId: 1n }),
      700: summary({ ...one(3n), numOfFiles: 2, childDir: [1n, 2n, 3n] }),
    });
  });

  it('books a key without its own parent marker on the bucket, whatever ancestors there are', async () => {
    const rows = marker(legacy(), 'a/', 1);
    const run = await rows
      .key('v', 'b', 'a/gone/k', { size: 5 })
      .key('v', 'b', 'a/k', { size: 7 })
      .run({ filesystemPaths: true });
    expect(findings(run)).toEqual(['legacy-orphan /v/b/a/gone/k']);
    expect(summaries(run)).toEqual({
      1: summary({ ...one(7n), dirName: 'a', parentId: BUCKET }),
      700: summary({ ...one(12n), numOfFiles: 2, childDir: [1n] }),
    });
  });

  it('books an orphan marker on the bucket, and what lies below it on the marker', async () => {
    const rows = marker(legacy(), 'gone/e/', 1);
    const run = await rows.key('v', 'b', 'gone/e/k', { size: 5 }).run({ filesystemPaths: true });
    expect(findings(run)).toEqual(['legacy-orphan /v/b/gone/e/']);
    expect(summaries(run)).toEqual({
      1: summary({ ...one(5n), dirName: 'gone/e', parentId: BUCKET }),
      700: summary({ ...one(5n), childDir: [1n] }),
    });
  });

  it('takes a marker that is set aside for missing', async () => {
    const rows = marker(marker(legacy(), 'a/', 1), 'b/', 1);
    rows.add('keyTable', '/v/b/c/', 'broken');
    const run = await rows
      .key('v', 'b', 'b/k', { size: 5 })
      .key('v', 'b', 'c/k', { size: 7 })
      .run({ filesystemPaths: true });
    expect(findings(run)).toEqual(['legacy-orphan /v/b/b/k', 'legacy-orphan /v/b/c/k']);
    expect(quarantined(run).filter((text) => text.startsWith('NSSummaryTask'))).toHaveLength(2);
    expect(summaries(run)[700]).toEqual(summary({ ...one(12n), numOfFiles: 2, childDir: [1n] }));
  });

  it('keeps markers of two buckets apart', async () => {
    const rows = marker(legacy().bucket('v', 'b2', 800, LEGACY), 'd/', 1);
    const run = await rows.key('v', 'b2', 'd/k', { size: 5 }).run({ filesystemPaths: true });
    expect(findings(run)).toEqual(['legacy-orphan /v/b2/d/k']);
    expect(summaries(run)[800]).toEqual(summary(one(5n)));
  });
});
