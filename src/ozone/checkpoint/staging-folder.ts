import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors.ts';

const PREFIX = 'om-checkpoint';
const NAME = /^om-checkpoint\.(?:partial|temporary)-(\d+)-(\d+)-[0-9a-f]+$/;

/**
 * `partial` while it is unpacked, `temporary` when it is deleted at close. Both carry their process, so that what a
 * crash left can be told from what somebody uses.
 */
export type FolderKind = 'partial' | 'temporary' | 'kept';

export function stagedFolder(stagingDirectory: string, kind: FolderKind): string {
  const random = randomBytes(6).toString('hex');
  const name =
    kind === 'kept' ? `${PREFIX}-${random}` : `${PREFIX}.${kind}-${process.pid}-${startedAt()}-${random}`;
  return join(stagingDirectory, name);
}

/** Creates the staging directory, and deletes what processes that are gone left there. */
export async function prepareStagingDirectory(stagingDirectory: string): Promise<void> {
  await mkdir(stagingDirectory, { recursive: true });
  for (const name of await readdir(stagingDirectory)) {
    const [, pid, started] = NAME.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    const own = Number(pid) === process.pid;
    // A new process can have the number of the one that crashed: in a container it is always the same.
    if (own ? started === startedAt() : isAlive(Number(pid))) continue;
    await rm(join(stagingDirectory, name), { recursive: true, force: true });
  }
}

/** Makes names that were created or renamed in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows has no such thing.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function startedAt(): string {
  return String(Math.round(performance.timeOrigin));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
