/** Runs every file of examples/ that is a program of its own, each in an empty folder: it must print something and exit with 0. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, whyNoPostgres } from '../test/examples/private-postgres.ts';
import { root } from './entries.ts';

const TIMEOUT_MS = 120_000;

const folder = join(root, 'examples');
const programs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  // The demo is a command of its own; what lies deeper is imported by a program.
  (name) => /^(?:[\w-]+|[\w-]+\/main)\.ts$/u.test(name) && !name.startsWith('demo'),
);
const without = whyNoPostgres();
if (without !== undefined) console.log(`without a database: ${without}`);
const postgres = without === undefined ? await startPostgres() : undefined;
// Those that need no database do not look.
const env = { ...process.env, DATABASE_URL: postgres?.database('examples') ?? '' };

let failed = programs.length === 0 ? 1 : 0;
for (const program of programs.sort()) {
  const cwd = mkdtempSync(join(tmpdir(), 'sr-'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, program)], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  rmSync(cwd, { recursive: true, force: true });
  const good = status === 0 && stdout.trim() !== '';
  console.log(`${good ? 'passed' : 'failed'} ${program}`);
  if (good) continue;
  failed += 1;
  console.error(stdout + stderr);
}
postgres?.stop();
process.exitCode = failed === 0 ? 0 : 1;
