import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixtures, Folder, run } from './command-line.ts';

/** The lines of a dump but for when they were written. */
async function rows(dataDir: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await run(['dump', dataDir]);
  expect(code, stderr).toBe(0);
  return stdout.replaceAll(/"last_updated_timestamp":\d+/g, '').split('\n');
}

describe('recon apply', () => {
  it.each([
    { name: 'ozone-3k', inside: true, flags: ['--filesystem-paths'] },
    { name: 'om-live', inside: false, flags: [] },
  ])(
    'of $name: every table is that of a rebuild, also when a file is given twice',
    async ({ name, inside, flags }) => {
      using folder = new Folder();
      const checkpoint = (om: string): string =>
        folder.checkpoint(`ozone/${name}/${om}.tar.gz`, om, inside ? om : '.');
      const [data, other] = [folder.file('data'), folder.file('other')];
      const first = await run([
        ...['recon', 'rebuild', checkpoint('om0'), '--data-dir', data, '--quiet', ...flags],
      ]);
      expect(first, first.stderr).toMatchObject({ code: 0 });
      const deltas = join(fixtures, 'ozone', name, 'deltas.bin.gz');
      const applied = await run(['recon', 'apply', deltas, '--data-dir', data]);
      expect(applied, applied.stderr).toMatchObject({ code: 0, stderr: '' });
      expect(applied.stdout).toMatch(
        /^Applied [\d,]+ changes of [\d,]+ batches in .*: from sequence [\d,]+ to [\d,]+\n$/,
      );
      await run(['recon', 'rebuild', checkpoint('om1'), '--data-dir', other, '--quiet', ...flags]);
      expect(await rows(data)).toEqual(await rows(other));
      const [here, there] = await Promise.all(
        [data, other].map((directory) =>
          run(['recon', 'du', '/vol1', '--files', '--json', '--data-dir', directory]),
        ),
      );
      expect(here).toEqual(there);
      const again = await run(['recon', 'apply', deltas, '--data-dir', data, '--json']);
      expect(JSON.parse(again.stdout)).toMatchObject({ events: 0 });
      expect(await rows(data)).toEqual(await rows(other));
    },
  );

  it('takes what comes before the damage of a file, and says where that is', async () => {
    using folder = new Folder();
    const data = folder.file('data');
    await run([
      ...['recon', 'rebuild', folder.checkpoint('ozone/ozone-3k/om0.tar.gz', 'om0', 'om0')],
      ...['--data-dir', data, '--quiet', '--filesystem-paths'],
    ]);
    const whole = gunzipSync(readFileSync(join(fixtures, 'ozone/ozone-3k/deltas.bin.gz')));
    const cut = folder.file('cut.bin');
    writeFileSync(cut, whole.subarray(0, whole.length - 5));
    const failed = await run(['recon', 'apply', cut, '--data-dir', data]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /^Taken before that: 117 batches, .*\n.*REPROCESS_BATCH_CORRUPT.*at byte \d+/,
    );
    const rest = folder.file('whole.bin');
    writeFileSync(rest, whole);
    const healed = await run(['recon', 'apply', rest, '--data-dir', data, '--json']);
    expect(JSON.parse(healed.stdout)).toMatchObject({ sequence: '3882' });
  });

  it('wants a directory that was rebuilt, and a file that is there', async () => {
    using folder = new Folder();
    const missing = await run(['recon', 'apply', 'none.bin', '--data-dir', folder.file('none')]);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('REPROCESS_NOT_READY');
    expect((await run(['recon', 'apply', '--data-dir', folder.file('none')])).code).toBe(2);
  });
});
