import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { checkpointIn, fixtures, Folder, mirrorNames, run } from './command-line.ts';

const om0 = join(fixtures, 'ozone/ozone-3k/om0.tar.gz');
const om1 = join(fixtures, 'ozone/ozone-3k/om1.tar.gz');

describe('recon rebuild refuses', () => {
  it('what is no checkpoint, and makes no data directory for it', async () => {
    using folder = new Folder();
    const data = folder.file('data');
    for (const origin of [folder.path, folder.file('missing')]) {
      const refused = await run(['recon', 'rebuild', origin, '--data-dir', data]);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(/REPROCESS_SOURCE_INVALID: .+ is no checkpoint: /u);
    }
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it.each(['a file that is no archive', 'a truncated tar', 'a truncated gzip'])('%s', async (what) => {
    using folder = new Folder();
    const packed = readFileSync(om0);
    const bytes = {
      'a file that is no archive': Buffer.alloc(4096, 'x'),
      'a truncated tar': gunzipSync(packed).subarray(0, 200_000),
      'a truncated gzip': packed.subarray(0, packed.length >> 1),
    }[what];
    const origin = folder.file('origin.tar');
    writeFileSync(origin, bytes ?? '');
    const data = folder.file('data');
    const refused = await run(['recon', 'rebuild', origin, '--data-dir', data]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('REPROCESS_ARCHIVE_INVALID: ');
    expect(readdirSync(join(data, 'om'))).toEqual(['shelf.json']);
  });

  it('a checkpoint that is missing a table file', async () => {
    using folder = new Folder();
    const origin = folder.checkpoint('ozone/ozone-3k/om0.tar.gz', 'given', 'om0');
    const table = readdirSync(origin).find((name) => name.endsWith('.sst')) ?? '';
    writeFileSync(join(origin, table), 'short');
    const refused = await run(['recon', 'rebuild', origin, '--data-dir', folder.file('data')]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/REPROCESS_SOURCE_CORRUPT: .+ is damaged/u);
  });
});

describe('a failed rebuild', () => {
  let folder: Folder;
  let data: string;
  beforeAll(async () => {
    folder = new Folder();
    data = folder.file('data');
    expect((await run(['recon', 'rebuild', om1, '--data-dir', data])).code).toBe(0);
  });
  afterAll(() => folder[Symbol.dispose]());

  it('of an older checkpoint keeps the live data and lets go of the checkpoint', async () => {
    const before = await run(['dump', data]);
    const refused = await run(['recon', 'rebuild', om0, '--data-dir', data, '--json', '--quiet']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('REPROCESS_SEQUENCE_GAP: The checkpoint has sequence 3304, below 3882');
    expect(mirrorNames(data)).toEqual(['copy', 'mirror.json', 'options.json', 'shelf.json']);
    expect(basename(checkpointIn(data))).toBe('checkpoint-3882');
    expect((await run(['dump', data])).stdout).toBe(before.stdout);
  });

  it('is refused by the shrink guard, with the causes on demand', async () => {
    // The later state of another cluster that holds much less.
    const small = join(fixtures, 'ozone/om-live/om0.tar.gz');
    const refused = await run([
      'recon',
      'rebuild',
      small,
      '--data-dir',
      data,
      '--max-shrink',
      '0.1',
      '--verbose',
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('REPROCESS_VERIFY_FAILED: ');
    const summary = await run(['recon', 'summary', '/', '--data-dir', data]);
    expect(summary.stdout).toContain('Keys : 2,954');
  });

  it.each([
    { action: 'SIGINT', code: 130, call: 'rename', path: 'checkpoint-' },
    { action: 'SIGTERM', code: 143, call: 'mkdir', path: 'stores/namespace' },
  ] as const)(
    'ends at $action with $code and leaves nothing behind',
    async ({ action, code, call, path }) => {
      const fresh = folder.file(`fresh-${action}`);
      const stopped = await run(['recon', 'rebuild', om0, '--data-dir', fresh], { action, call, path });
      expect(stopped, stopped.stderr).toMatchObject({ code, signal: null, stdout: '' });
      expect(stopped.stderr).toContain('REPROCESS_ABORTED: ');
      expect(mirrorNames(fresh).filter((name) => name !== 'mirror.json')).toEqual(['shelf.json']);
      expect(readdirSync(fresh)).not.toContain('owner.json');
      const left = readdirSync(fresh, { recursive: true, encoding: 'utf8' });
      expect(left.filter((name) => name.includes('gen-'))).toEqual([]);
      const diagnosis = await run(['diagnose', fresh]);
      expect(diagnosis, diagnosis.stdout).toMatchObject({ code: 0 });
      const again = await run(['recon', 'rebuild', om0, '--data-dir', fresh]);
      expect(again, again.stderr).toMatchObject({ code: 0 });
    },
  );

  it('killed before the checkpoint has its name: the next command clears up', async () => {
    const fresh = folder.file('fresh-killed');
    const killed = await run(['recon', 'rebuild', om0, '--data-dir', fresh], {
      call: 'rename',
      path: 'checkpoint-3304',
      action: 'SIGKILL',
    });
    expect(killed.signal).toBe('SIGKILL');
    const names = readdirSync(join(fresh, 'om')).filter((name) => name !== 'shelf.json');
    expect(names).toEqual([expect.stringMatching(/^copy-/u)]);
    const looked = await run(['recon', 'summary', '/', '--data-dir', fresh]);
    expect(looked.code).toBe(1);
    expect(looked.stderr).toMatch(/REPROCESS_NOT_READY: Nothing has been rebuilt in .+ yet/u);
    expect(readdirSync(join(fresh, 'om'))).toEqual(['shelf.json']);
  });
});
