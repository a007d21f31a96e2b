import { describe, expect, it } from 'vitest';
import { decodeNSSummary } from '../../../src/recon/index.ts';
import { FSO } from '../../ozone/protobuf/ozone-records.ts';
import { int } from '../../ozone/protobuf/proto-writer.ts';
import { OmRows, quarantined, summaries, summary } from '../om-rows.ts';

const BUCKET = 5001n;

function rows(): OmRows {
  return new OmRows().bucket('vol', 'fso', BUCKET, FSO);
}

describe('NSSummaryTask on FSO buckets', () => {
  it('adds the files of a tree to all ancestors', async () => {
    // dirA/dirB/dirC and dirD, as in TestNSSummaryTreePrecomputeValues.
    const run = await rows()
      .directory(BUCKET, 'dirA', 5100)
      .directory(5100, 'dirB', 5101)
      .directory(5101, 'dirC', 5102)
      .directory(BUCKET, 'dirD', 5103)
      .file(5100, 'f1', { size: 1000 })
      .file(5101, 'f2', { size: 2000 })
      .file(5102, 'f3', { size: 500 })
      .file(5103, 'f4', { size: 1500 })
      .file(BUCKET, 'f5', { size: 2500 })
      .run();
    const row = (files: number, size: bigint): object => ({
      numOfFiles: files,
      sizeOfFiles: size,
      replicatedSizeOfFiles: size * 3n,
    });
    expect(summaries(run)).toEqual({
      5001: summary({ ...row(5, 7500n), childDir: [5100n, 5103n] }),
      5100: summary({ ...row(3, 3500n), childDir: [5101n], dirName: 'dirA', parentId: BUCKET }),
      5101: summary({ ...row(2, 2500n), childDir: [5102n], dirName: 'dirB', parentId: 5100n }),
      5102: summary({ ...row(1, 500n), dirName: 'dirC', parentId: 5101n }),
      5103: summary({ ...row(1, 1500n), dirName: 'dirD', parentId: BUCKET }),
    });
  });

  it('counts only direct files in the bins', async () => {
    const run = await rows()
      .directory(BUCKET, 'd', 5100)
      .file(5100, 'a', { size: 0 })
      .file(5100, 'b', { size: 1025 })
      .file(5100, 'c', { size: 1n << 50n })
      .file(BUCKET, 'e', { size: 1024 })
      .run();
    const binsOf = (hex: string): object => {
      const value = run.tables.get('namespaceSummaryTable')?.get(hex) ?? new Uint8Array();
      const bins = decodeNSSummary(value).fileSizeBucket;
      return Object.fromEntries([...bins.entries()].filter(([, count]) => count > 0));
    };
    expect(binsOf('00000000000013ec')).toEqual({ 0: 1, 1: 1, 40: 1 });
    expect(binsOf('0000000000001389')).toEqual({ 0: 1 });
  });

  it('has a row for an empty directory, and none for an empty bucket', async () => {
    expect(summaries(await rows().run())).toEqual({});
    const run = await rows().directory(BUCKET, 'd', 5100).run();
    expect(Object.keys(summaries(run))).toEqual(['5001', '5100']);
  });

  it('keeps a row without name and parent for a parent whose row is gone', async () => {
    const run = await rows()
      .directory(77, 'child', 78)
      .file(99, 'f', { size: 10 })
      .file(78, 'g', { size: 1 })
      .run();
    expect(summaries(run)).toEqual({
      77: summary({ numOfFiles: 1, sizeOfFiles: 1n, replicatedSizeOfFiles: 3n, childDir: [78n] }),
      78: summary({
        numOfFiles: 1,
        sizeOfFiles: 1n,
        replicatedSizeOfFiles: 3n,
        dirName: 'child',
        parentId: 77n,
      }),
      99: summary({ numOfFiles: 1, sizeOfFiles: 10n, replicatedSizeOfFiles: 30n }),
    });
  });

  it('does not read deletedDirectoryTable', async () => {
    const run = await rows().add('deletedDirectoryTable', '/1/2/5001/d/5100', 'anything').run();
    expect(summaries(run)).toEqual({});
    expect(quarantined(run)).toEqual([]);
  });

  it('lists a child of id 0 there, and adds nothing to it', async () => {
    const run = await rows().directory(0, 'd', 5).file(5, 'f', { size: 4 }).run();
    expect(summaries(run)).toEqual({
      0: summary({ childDir: [5n] }),
      5: summary({ numOfFiles: 1, sizeOfFiles: 4n, replicatedSizeOfFiles: 12n, dirName: 'd' }),
    });
  });

  it('keeps sums exact and wraps them at 64 bits', async () => {
    const size = (1n << 62n) + 1n;
    const run = await rows().file(1, 'a', { size }).file(1, 'b', { size }).file(1, 'c', { size: 3 }).run();
    expect(summaries(run)).toEqual({
      1: summary({
        numOfFiles: 3,
        sizeOfFiles: BigInt.asIntN(64, size * 2n + 3n),
        replicatedSizeOfFiles: BigInt.asIntN(64, size * 6n + 9n),
      }),
    });
  });

  it('keeps ids apart that differ in one half only', async () => {
    const low = 1n << 40n;
    const run = await rows()
      .file(low, 'a', { size: 1 })
      .file(-low, 'b', { size: 2 })
      .file(low + 1n, 'c', { size: 3 })
      .run();
    const sizes = Object.entries(summaries(run)).map(([id, row]) => [id, row.sizeOfFiles]);
    expect(sizes).toEqual([
      [String(low), 1n],
      [String(low + 1n), 3n],
      [String(-low), 2n],
    ]);
  });
});

describe('NSSummaryTask on impossible directories', () => {
  it('sets directories on a cycle aside and counts what hangs below them', async () => {
    const run = await rows()
      .directory(12, 'a', 11)
      .directory(11, 'b', 12)
      .directory(11, 'below', 13)
      .directory(20, 'itself', 20)
      .directory(BUCKET, 'good', 30)
      .file(13, 'f', { size: 5 })
      .file(12, 'g', { size: 7 })
      .file(30, 'h', { size: 9 })
      .run();
    expect(quarantined(run)).toEqual([
      'NSSummaryTask directoryTable /1/2/11/b: The directory is its own ancestor',
      'NSSummaryTask directoryTable /1/2/12/a: The directory is its own ancestor',
      'NSSummaryTask directoryTable /1/2/20/itself: The directory is its own ancestor',
    ]);
    const sized = (size: bigint): object => ({
      numOfFiles: 1,
      sizeOfFiles: size,
      replicatedSizeOfFiles: size * 3n,
    });
    expect(summaries(run)).toEqual({
      11: summary({ ...sized(5n), childDir: [13n] }),
      12: summary(sized(7n)),
      13: summary({ ...sized(5n), dirName: 'below', parentId: 11n }),
      30: summary({ ...sized(9n), dirName: 'good', parentId: BUCKET }),
      5001: summary({ ...sized(9n), childDir: [30n] }),
    });
  });

  it('sets all rows of one object id aside but the first', async () => {
    const run = await rows()
      .directory(1, 'first', 50)
      .directory(2, 'second', 50)
      .directory(3, 'bucket', BUCKET)
      .file(50, 'f', { size: 1 })
      .run();
    const reason = 'Another bucket or directory has the same object id';
    expect(quarantined(run)).toEqual([
      `NSSummaryTask directoryTable /1/2/2/second: ${reason}`,
      `NSSummaryTask directoryTable /1/2/3/bucket: ${reason}`,
    ]);
    expect(Object.keys(summaries(run))).toEqual(['1', '50']);
  });

  it('sets records aside that cannot be decoded', async () => {
    const run = await rows()
      .add('directoryTable', '/1/2/3/broken', Uint8Array.of(0x0a, 0x7f))
      .add('fileTable', '/1/2/3/negative', new Uint8Array())
      .file(3, 'minus', { size: -1 })
      .file(3, 'good', { size: 1, more: [int(200, 1)] })
      .run();
    expect(quarantined(run).filter((text) => text.startsWith('NSSummaryTask'))).toEqual([
      'NSSummaryTask directoryTable /1/2/3/broken: A field leaves its message: the record is cut off or damaged',
      'NSSummaryTask fileTable /1/2/3/minus: The data size is negative',
      expect.stringContaining(
        'NSSummaryTask fileTable /1/2/3/negative: The required field `volumeName`',
      ) as string,
    ]);
    expect(summaries(run)).toEqual({
      3: summary({ numOfFiles: 1, sizeOfFiles: 1n, replicatedSizeOfFiles: 3n }),
    });
  });
});
