import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, fixtures, Folder, run, start, treeHash } from './command-line.ts';

const om0 = join(fixtures, 'ozone/ozone-3k/om0.tar.gz');
const om1 = join(fixtures, 'ozone/ozone-3k/om1.tar.gz');
const TASKS = [
  'NSSummaryTask',
  'OmTableInsightTask',
  'FileSizeCountTaskFSO',
  'FileSizeCountTaskOBS',
  'ContainerKeyMapperTaskFSO',
  'ContainerKeyMapperTaskOBS',
  'REPROCESS_STAGING',
];

interface Row {
  readonly taskName: string;
  readonly lastUpdatedTimestamp: number;
  readonly isCurrentTaskRunning: number;
}

describe('recon status', () => {
  let folder: Folder;
  let data: string;
  beforeAll(async () => {
    folder = new Folder();
    data = folder.file('data');
    expect(await run(['recon', 'rebuild', om0, '--data-dir', data])).toMatchObject({ code: 0 });
  });
  afterAll(() => folder[Symbol.dispose]());

  const rows = async (): Promise<Row[]> =>
    JSON.parse((await run(['recon', 'status', '--data-dir', data, '--json'])).stdout) as Row[];
  const expected = (): object[] =>
    TASKS.map((taskName) => ({
      taskName,
      lastUpdatedTimestamp: expect.any(Number) as unknown,
      lastUpdatedSeqNumber: '3304',
      lastTaskRunStatus: 0,
      isCurrentTaskRunning: 0,
    }));

  it('tells when and up to where the tables were rebuilt, and changes no byte', async () => {
    const before = treeHash(data);
    const first = await rows();
    expect(first).toEqual(expected());
    const hour = 3_600_000;
    for (const { lastUpdatedTimestamp } of first)
      expect(Math.abs(Date.now() - lastUpdatedTimestamp)).toBeLessThan(hour);
    const { stdout, code } = await run(['recon', 'status', '--data-dir', data]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Task +Last updated +Sequence +Last run +Running\n/u);
    expect(stdout).toMatch(/^NSSummaryTask +20\d\d-\S+Z +3,304 +ok +no$/mu);
    expect(treeHash(data)).toBe(before);
    // Whoever only looks opens the directory anew; that is forgotten by the last report, not by the run history.
    expect((await run(['recon', 'du', '/', '--data-dir', data])).code).toBe(0);
    expect(await rows()).toEqual(first);
  });

  it('needs no lock, and a crash leaves nothing running', async () => {
    const child = start(['recon', 'rebuild', om1, '--data-dir', data], {
      call: 'mkdir',
      path: 'stores/namespace',
      action: 'hold',
    });
    const end = ended(child);
    let told = '';
    while (!told.includes('held')) told += String((await once(child.stderr ?? child, 'data'))[0]);
    // The staged generations are being made: no task has begun yet.
    const running = async (): Promise<string[]> =>
      (await rows())
        .filter(({ isCurrentTaskRunning }) => isCurrentTaskRunning === 1)
        .map(({ taskName }) => taskName);
    expect(await running()).toEqual(['REPROCESS_STAGING']);
    child.kill('SIGKILL');
    await end;
    expect(await running()).toEqual([]);
  });

  it('says never where nothing is known, and refuses what is no data directory', async () => {
    using other = new Folder();
    const missing = await run(['recon', 'status', '--data-dir', other.file('missing')]);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('REPROCESS_NOT_READY');
    const copy = other.file('data');
    expect((await run(['recon', 'rebuild', om0, '--data-dir', copy])).code).toBe(0);
    rmSync(join(copy, 'status.json'));
    expect((await run(['recon', 'status', '--data-dir', copy])).stdout).toMatch(
      /^NSSummaryTask +never +0 +ok +no$/mu,
    );
  });
});
