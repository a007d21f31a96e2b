import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumped, ended, fixtures, Folder, run, start, treeHash } from './command-line.ts';

const om0 = join(fixtures, 'ozone/ozone-3k/om0.tar.gz');
const om1 = join(fixtures, 'ozone/ozone-3k/om1.tar.gz');

describe('looking at a data directory', () => {
  let folder: Folder;
  let data: string;
  beforeAll(async () => {
    folder = new Folder();
    data = folder.file('data');
    const rebuilt = await run(['recon', 'rebuild', om0, '--data-dir', data, '--filesystem-paths']);
    expect(rebuilt, rebuilt.stderr).toMatchObject({ code: 0 });
  });
  afterAll(() => folder[Symbol.dispose]());

  it('status and diagnose change no byte', async () => {
    const before = treeHash(data);
    const status = await run(['status', data]);
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toMatch(/^Live +generation 1$/mu);
    expect(status.stdout).toMatch(/^Held by +nobody$/mu);
    const diagnosis = await run(['diagnose', data]);
    expect(diagnosis, diagnosis.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(diagnosis.stdout).toMatch(/^Healthy +yes$/mu);
    expect(JSON.parse((await run(['diagnose', data, '--json'])).stdout)).toMatchObject({
      healthy: true,
      live: 1,
      stores: [{ store: 'namespace' }, { store: 'containers' }, { store: 'stats' }],
      notChecked: [],
    });
    expect(treeHash(data)).toBe(before);
  });

  it('diagnose finds a missing store, with exit code 1', async () => {
    using broken = new Folder();
    const copy = broken.file('data');
    expect((await run(['recon', 'rebuild', om0, '--data-dir', copy])).code).toBe(0);
    rmSync(join(copy, 'stores/containers'), { recursive: true });
    const before = treeHash(copy);
    const diagnosis = await run(['diagnose', copy]);
    expect(diagnosis.code).toBe(1);
    expect(diagnosis.stdout).toMatch(
      /^Problem: REPROCESS_CONTROL_CORRUPT: Generation 1 of store 'containers'/mu,
    );
    expect(treeHash(copy)).toBe(before);
  });

  it('status works while another process holds it, and says when that one is dead', async () => {
    const child = start(['recon', 'rebuild', om1, '--data-dir', data, '--filesystem-paths'], {
      call: 'mkdir',
      path: 'stores/namespace',
      action: 'hold',
    });
    const end = ended(child);
    let told = '';
    while (!told.includes('held')) told += String((await once(child.stderr ?? child, 'data'))[0]);
    const busy = JSON.parse((await run(['status', data, '--json'])).stdout) as Record<string, unknown>;
    expect(busy).toMatchObject({
      holder: { pid: child.pid },
      holderState: 'running',
      status: { state: 'INITIALIZING', generation: 1 },
    });
    const locked = await run(['dump', data]);
    expect(locked).toMatchObject({ code: 1, stdout: '' });
    expect(locked.stderr).toMatch(
      new RegExp(`REPROCESS_LOCKED: .+ is in use by process ${String(child.pid)} on `, 'u'),
    );
    child.kill('SIGKILL');
    await end;
    const dead = await run(['status', data]);
    expect(dead.code).toBe(0);
    expect(dead.stdout).toMatch(/^Held by .+, which is not running any more$/mu);
    // What it left is cleared up, and what it served is there.
    const summary = await run(['recon', 'summary', '/', '--data-dir', data]);
    expect(summary.stdout).toContain('Keys : 2,982');
    expect(readdirSync(join(data, 'stores/namespace'))).toEqual(['gen-000001']);
  });

  it('dump prints one table, decoded or not, in key order', async () => {
    const { stdout, code } = await run(['dump', data, '--table', 'containerKeyCountTable', '--decode']);
    expect(code).toBe(0);
    const rows = dumped(stdout).get('containerKeyCountTable') ?? [];
    expect(rows).toHaveLength(50);
    expect(rows[0]).toEqual({
      store: 'containers',
      table: 'containerKeyCountTable',
      key: { containerId: '1' },
      value: { count: expect.stringMatching(/^[1-9]\d*$/u) as unknown },
    });
    const stats = await run(['dump', data, '--store', 'stats']);
    expect([...dumped(stats.stdout).keys()].sort()).toEqual(['FILE_COUNT_BY_SIZE', 'GLOBAL_STATS']);
    const wrong = await run(['dump', data, '--table', 'foo']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('Expected `--table` to be one of namespaceSummaryTable, ');
  });

  it('dump ends quietly when its reader goes', async () => {
    const child = start(['dump', data]);
    const end = ended(child);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await end).toMatchObject({ code: 0, stderr: '' });
  });

  it('tells a missing control record from a whole one', async () => {
    using fresh = new Folder();
    writeFileSync(fresh.file('status.json'), '{"format":1,"homeId":"a","controlRevision":7}');
    const diagnosis = await run(['diagnose', fresh.path]);
    expect(diagnosis.code).toBe(1);
    expect(diagnosis.stdout).toContain('The control record has lost writes');
  });
});
