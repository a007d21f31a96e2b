import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fixtures, Folder } from './command-line.ts';

const program = join(import.meta.dirname, '../../src/cli/main.ts');
const preload = pathToFileURL(join(import.meta.dirname, 'missing-packages.ts')).href;
const archive = join(fixtures, 'ozone/ozone-3k/om0.tar.gz');

function runWithout(missing: string, args: readonly string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', SR_MISSING: missing };
    execFile(process.execPath, ['--import', preload, program, ...args], { env }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stderr });
    });
  });
}

describe('without an optional package', () => {
  it.each([
    ['kysely', 'npm install kysely better-sqlite3'],
    ['better-sqlite3', 'npm install better-sqlite3'],
    ['tar-stream', 'npm install tar-stream'],
  ])('%s, recon rebuild says what to install', async (missing, advice) => {
    using folder = new Folder();
    const refused = await runWithout(missing, [
      'recon',
      'rebuild',
      archive,
      '--data-dir',
      folder.file('data'),
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('REPROCESS_MISSING_PEER: ');
    expect(refused.stderr).toContain(advice);
  });

  it('the help and the status need none', async () => {
    const all = 'kysely better-sqlite3 tar-stream';
    expect(await runWithout(all, ['recon', 'rebuild', '--help'])).toEqual({ code: 0, stderr: '' });
    const status = await runWithout(all, ['status', fixtures]);
    expect(status.stderr).toContain('holds no data of this library');
  });
});
