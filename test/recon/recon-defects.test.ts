import { describe, expect, it } from 'vitest';
import {
  ContainerKeyMapperTaskFSO,
  ContainerKeyMapperTaskOBS,
  NSSummaryTask,
  OmTableInsightTask,
  reconTasks,
} from '../../src/recon/index.ts';
import { reconStores } from './recon-stores.ts';
import {
  FSO,
  keyInfo,
  LEGACY,
  multipartPartInfo,
  OBS,
  repeatedKeyInfo,
} from '../ozone/protobuf/ozone-records.ts';
import {
  containerCounts,
  containerKeys,
  fileCounts,
  findings,
  globalStats,
  OmRows,
  quarantined,
  summaries,
  summary,
} from './om-rows.ts';
import { runTasks } from './task-run.ts';

const block = { groups: [{ version: 0, containers: [7] }] };

describe("Recon's defects", () => {
  it('Recon 3.1: keys that UTF-16 and bytes order differently are all counted, once', async () => {
    // U+E000 comes before the supplementary characters in bytes, and after their surrogates in Java strings.
    const rows = new OmRows().bucket('v', 'b', 1, OBS);
    for (const name of ['\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}'])
      rows.key('v', 'b', name, { size: 1 });
    const run = await rows.run();
    expect(summaries(run)[1]?.numOfFiles).toBe(4);
    expect(globalStats(run)['keyTableCount']).toBe(4n);
  });

  it('Recon 3.2.4: OBS keys of a missing bucket do not fail the task, and are not dropped silently', async () => {
    const run = await new OmRows().bucket('v', 'b', 1, OBS).key('v', 'b', 'k').key('v', 'gone', 'k').run();
    expect(quarantined(run)).toEqual([
      'NSSummaryTask keyTable /v/gone/k: There is no good row of its bucket',
    ]);
    expect(summaries(run)[1]?.numOfFiles).toBe(1);
    expect(fileCounts(run)).toEqual({ 'v/b/1024': 1n, 'v/gone/1024': 1n });
  });

  it('Recon 3.4 #37: mappers that run one after the other do not wipe each other', async () => {
    const rows = new OmRows().file(1, 'f', block).key('v', 'b', 'k', block);
    for (const tasks of [
      [new ContainerKeyMapperTaskFSO(), new ContainerKeyMapperTaskOBS()],
      [new ContainerKeyMapperTaskOBS(), new ContainerKeyMapperTaskFSO()],
    ]) {
      const run = await rows.run({ tasks });
      expect(containerKeys(run).toSorted()).toEqual(['/1/2/1/f@0 in 7', '/v/b/k@0 in 7']);
      expect(containerCounts(run)).toEqual({ 7: 2n });
    }
  });

  it('Recon 3.4 #37: a mapper that failed leaves nothing behind for the next run', async () => {
    const rows = new OmRows().file(1, 'f', block).key('v', 'b', 'k', block);
    const tasks = [new ContainerKeyMapperTaskFSO(), new ContainerKeyMapperTaskOBS()];
    const snapshot = await rows.snapshot();
    const failing = { ...snapshot, scan: () => Promise.reject(new Error('disk')) };
    await expect(runTasks(failing, tasks, reconStores())).rejects.toThrow('disk');
    await snapshot.close();
    expect(containerCounts(await rows.run({ tasks }))).toEqual({ 7: 2n });
  });

  it('Recon 3.5: parts, whose keys are no text, are all counted', async () => {
    const rows = new OmRows();
    for (const part of [1, 128, 255, 256, 65535, 0x7fffffff]) {
      const number = Buffer.alloc(4);
      number.writeInt32BE(part);
      const value = multipartPartInfo({ partNumber: part, size: 1 });
      rows.add('multipartPartsTable', Buffer.concat([Buffer.from('u/'), number]), value);
    }
    const run = await rows.run({ tasks: [new OmTableInsightTask()] });
    expect(globalStats(run)['multipartPartsTableCount']).toBe(6n);
    expect(quarantined(run)).toEqual([]);
  });

  it('Recon 7.1 #6: no container count is kept beside the rows that it counts', async () => {
    const run = await new OmRows().key('v', 'b', 'k', block).run();
    expect(Object.keys(globalStats(run)).filter((key) => key.startsWith('container'))).toEqual([]);
    expect(Object.keys(containerCounts(run))).toHaveLength(1);
  });

  it('Recon 7.3 #21: a LEGACY key without its parent marker does not block the rebuild', async () => {
    const rows = new OmRows().bucket('v', 'b', 1, LEGACY).key('v', 'b', 'd/k', { size: 1, ...block });
    const run = await rows.run({ filesystemPaths: true });
    expect(findings(run)).toEqual(['legacy-orphan /v/b/d/k']);
    expect(quarantined(run)).toEqual([]);
    expect(summaries(run)).toEqual({
      1: summary({ numOfFiles: 1, sizeOfFiles: 1n, replicatedSizeOfFiles: 3n }),
    });
  });

  it('Recon 7.3 #21: a LEGACY key without its bucket row does not block the rebuild', async () => {
    const run = await new OmRows().key('v', 'b', 'd/k').run({ filesystemPaths: true });
    expect(quarantined(run)).toEqual(['NSSummaryTask keyTable /v/b/d/k: There is no good row of its bucket']);
  });

  it('Recon 7.3 #21: a negative size does not block the rebuild', async () => {
    const run = await new OmRows()
      .bucket('v', 'b', 1, OBS)
      .key('v', 'b', 'minus', { size: -1, ...block })
      .key('v', 'b', 'plus', { size: 1, ...block })
      .run();
    const tasks = ['NSSummaryTask', 'FileSizeCountTaskOBS', 'ContainerKeyMapperTaskOBS'];
    expect(quarantined(run)).toEqual(
      tasks.map((task) => `${task} keyTable /v/b/minus: The data size is negative`),
    );
    expect(summaries(run)[1]).toEqual(summary({ numOfFiles: 1, sizeOfFiles: 1n, replicatedSizeOfFiles: 3n }));
    expect(fileCounts(run)).toEqual({ 'v/b/1024': 1n });
    expect(containerCounts(run)).toEqual({ 7: 1n });
  });

  it('Recon 7.3 #26: two rebuilds at once, of one task object, do not disturb each other', async () => {
    const task = new NSSummaryTask();
    const build = (size: number): Promise<unknown> =>
      new OmRows()
        .bucket('v', 'b', 1, FSO)
        .file(1, 'f', { size })
        .run({ tasks: [task] })
        .then(summaries);
    const [first, second] = await Promise.all([build(1), build(2)]);
    expect(first).toEqual({ 1: summary({ numOfFiles: 1, sizeOfFiles: 1n, replicatedSizeOfFiles: 3n }) });
    expect(second).toEqual({ 1: summary({ numOfFiles: 1, sizeOfFiles: 2n, replicatedSizeOfFiles: 6n }) });
  });

  it('Recon 7.4 #30: a directory cycle ends no rebuild in an endless loop', async () => {
    const run = await new OmRows().directory(2, 'a', 1).directory(1, 'b', 2).file(1, 'f').run();
    expect(quarantined(run)).toHaveLength(2);
    expect(Object.keys(summaries(run))).toEqual(['1']);
  });

  it('Recon 7.4 #31: deletedTable sizes are not swapped', async () => {
    const keys = repeatedKeyInfo(keyInfo({ size: 10 }), keyInfo({ size: 20 }));
    const run = await new OmRows().add('deletedTable', '/v/b/k/1', keys).run();
    expect(globalStats(run)['deletedTableUnReplicatedDataSize']).toBe(30n);
    expect(globalStats(run)['deletedTableReplicatedDataSize']).toBe(90n);
  });

  it('Recon 7.5 #35: no bucket is remembered from one rebuild to the next', async () => {
    const tasks = reconTasks();
    await new OmRows().bucket('v', 'b', 1, OBS).key('v', 'b', 'k').run({ tasks });
    const run = await new OmRows().bucket('v', 'b', 2, OBS).key('v', 'b', 'k').run({ tasks });
    expect(Object.keys(summaries(run))).toEqual(['2']);
  });
});
