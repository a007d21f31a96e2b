import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server of one's own, in a folder that goes with it. */
export interface PrivatePostgres {
  /** Connection string of a database of that name, which is created. */
  database(name: string): string;
  stop(): void;
}

/** Where the programs of PostgreSQL are; `undefined` when it is not installed. */
export function postgresPrograms(): string | undefined {
  const told = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const versions = '/usr/lib/postgresql';
  const packaged = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...(told.status === 0 ? [told.stdout.trim()] : []),
    ...packaged.map((version) => join(versions, version, 'bin')),
    '/usr/local/bin',
    '/usr/local/pgsql/bin',
    '/opt/homebrew/bin',
  ].find((folder) => existsSync(join(folder, 'initdb')));
}

/** Why there can be no server here; `undefined` when there can be one. `REQUIRE_POSTGRES` makes it an error. */
export function whyNoPostgres(): string | undefined {
  if (postgresPrograms() !== undefined) return undefined;
  const why = 'PostgreSQL is not installed (initdb was not found)';
  if ((process.env['REQUIRE_POSTGRES'] ?? '') !== '') throw new Error(why);
  return why;
}

/** Starts a server on a free port of the loopback interface. It never runs as root: then it runs as user `postgres`. */
export async function startPostgres(): Promise<PrivatePostgres> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'sr-'));
  const isRoot = process.getuid?.() === 0;
  const run = (program: string, ...args: readonly string[]): void => {
    const user = isRoot ? { uid: userNumber('-u'), gid: userNumber('-g') } : {};
    execFileSync(join(programs, program), args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
      ...user,
    });
  };
  try {
    if (isRoot) chownSync(folder, userNumber('-u'), userNumber('-g'));
    const data = join(folder, 'data');
    const port = await freePort();
    run('initdb', '-D', data, '-A', 'trust', '-U', 'sr', '--no-sync', '-E', 'UTF8', '--locale=C');
    // No fsync: nobody cuts this machine's power for the test, and killed servers are not what is tested.
    const options = `-c listen_addresses=127.0.0.1 -p ${port} -k ${folder} -c fsync=off`;
    run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start');
    return {
      database(name) {
        run('createdb', '-h', '127.0.0.1', '-p', String(port), '-U', 'sr', name);
        return `postgresql://sr@127.0.0.1:${port}/${name}`;
      },
      stop() {
        run('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function userNumber(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
