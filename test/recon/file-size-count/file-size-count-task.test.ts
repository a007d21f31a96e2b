import { describe, expect, it } from 'vitest';
import { FileSizeCountTaskFSO, FileSizeCountTaskOBS } from '../../../src/recon/index.ts';
import { fileCounts, OmRows, quarantined } from '../om-rows.ts';

describe('the file size counters', () => {
  it('count by the names in the record and the upper bound of the size', async () => {
    const run = await new OmRows()
      .file(1, 'a', { volume: 'v', bucket: 'b', size: 0 })
      .file(1, 'b', { volume: 'v', bucket: 'c', size: 1024 })
      .file(1, 'c', { volume: 'v', bucket: 'b', size: 1024 })
      .file(1, 'd', { volume: 'v', bucket: 'b', size: 1025 })
      .file(1, 'e', { volume: 'vb', bucket: '', size: 5 })
      .key('w', 'b', 'dir/', { size: 0 })
      .key('w', 'b', 'k', { size: 1n << 50n })
      .key('w', 'b', 'l', { size: (1n << 50n) - 1n })
      .run();
    expect(fileCounts(run)).toEqual({
      'v/b/1024': 2n,
      'v/b/2048': 1n,
      'v/c/1024': 1n,
      'vb//1024': 1n,
      'w/b/1024': 1n,
      'w/b/1125899906842624': 1n,
      'w/b/9223372036854775807': 1n,
    });
  });

  it('add up what both count under one key', async () => {
    const run = await new OmRows().file(1, 'a', { volume: 'v', bucket: 'b' }).key('v', 'b', 'k').run();
    expect(fileCounts(run)).toEqual({ 'v/b/1024': 2n });
    expect(run.tables.get('FILE_COUNT_BY_SIZE')?.size).toBe(1);
  });

  it('count many buckets', async () => {
    const rows = new OmRows();
    for (let index = 0; index < 50; index++) rows.key('v', `b${index}`, 'k', { size: index * 100 });
    const counts = fileCounts(await rows.run({ tasks: [new FileSizeCountTaskOBS()] }));
    expect(Object.keys(counts)).toHaveLength(50);
    expect(counts['v/b49/8192']).toBe(1n);
  });

  it('set bad records aside, each task its own', async () => {
    const run = await new OmRows()
      .file(1, 'minus', { size: -1 })
      .add('keyTable', '/v/b/k', 'x')
      .run({ tasks: [new FileSizeCountTaskFSO(), new FileSizeCountTaskOBS()] });
    expect(fileCounts(run)).toEqual({});
    expect(quarantined(run)).toEqual([
      'FileSizeCountTaskFSO fileTable /1/2/1/minus: The data size is negative',
      'FileSizeCountTaskOBS keyTable /v/b/k: A field leaves its message: the record is cut off or damaged',
    ]);
  });
});
