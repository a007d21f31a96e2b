import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
// As it is published: `npm test` builds it first.
const program = join(root, 'dist/cli.js');
const interruption = pathToFileURL(join(import.meta.dirname, 'interruption.ts')).href;

export const fixtures = join(root, 'test/fixtures');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What happens to the command at a call of `node:fs/promises`; see `interruption.ts`. */
export interface Interruption {
  readonly call: 'rename' | 'mkdir';
  /** Part of the call's last path. */
  readonly path: string;
  readonly action: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'hold';
}

/** The real command as a child process. */
export function start(args: readonly string[], interrupted?: Interruption): ChildProcess {
  const extra = interrupted === undefined ? [] : ['--import', interruption];
  const env = {
    ...process.env,
    NO_COLOR: '1',
    ...(interrupted === undefined ? {} : { SR_INTERRUPTION: JSON.stringify(interrupted) }),
  };
  return spawn(process.execPath, [...extra, program, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

export function run(args: readonly string[], interrupted?: Interruption): Promise<Ended> {
  return ended(start(args, interrupted));
}

/** A folder of its own, removed at the end of the scope. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'sr-'));

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Unpacks an archive of the fixtures and returns the directory of the checkpoint in it. */
  checkpoint(archive: string, name: string, inside = '.'): string {
    const directory = this.file(name);
    execFileSync('mkdir', ['-p', directory]);
    execFileSync('tar', ['-xzf', join(fixtures, archive), '-C', directory], { stdio: 'ignore' });
    return join(directory, inside);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What lies in the mirror of a data directory, the names of its copies shortened to `copy`. */
export function mirrorNames(dataDir: string): readonly string[] {
  return readdirSync(join(dataDir, 'om'))
    .map((name) => name.replace(/^copy-.*/u, 'copy'))
    .sort();
}

/** The checkpoint of the only copy in a data directory. */
export function checkpointIn(dataDir: string): string {
  const mirror = join(dataDir, 'om');
  const copy = readdirSync(mirror).find((name) => name.startsWith('copy-')) ?? '';
  const checkpoint = readdirSync(join(mirror, copy)).find((name) => name.startsWith('checkpoint-')) ?? '';
  return join(mirror, copy, checkpoint);
}

/** Every path below a directory with its time, its size and its bytes. */
export function treeHash(directory: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(directory, name);
    const stats = statSync(path);
    hash.update(JSON.stringify([name, stats.isDirectory(), stats.size, stats.mtimeMs, stats.ino]));
    if (stats.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** The lines of a dump, by table. */
export function dumped(stdout: string): Map<string, Record<string, unknown>[]> {
  const tables = new Map<string, Record<string, unknown>[]>();
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const row = JSON.parse(line) as Record<string, unknown>;
    const table = String(row['table']);
    tables.set(table, [...(tables.get(table) ?? []), row]);
  }
  return tables;
}
