import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import { syncDirectory } from '../store/sync-directory.ts';
import type { ControlStore } from './control-store.ts';
import type { DataDirectory } from './data-directory.ts';
import { LevelControlStore } from './level-control-store.ts';
import { OwnerFile } from './owner-file.ts';

/** How often a held lock is tried again. */
const LOCK_POLL_MS = 50;

/**
 * Opens the control store of a data directory, which locks it, waits for another holder if asked to, and tells in
 * `owner.json` who holds it now.
 *
 * @throws StagedReprocessError `REPROCESS_LOCKED` with the holder's host, pid and start.
 */
export async function openControlStore(
  home: DataDirectory,
  clock: Clock,
  waitForLockMs: number,
): Promise<ControlStore> {
  await makeDirectory(home.path);
  const owner = new OwnerFile(home.owner);
  const deadline = clock.now() + waitForLockMs;
  for (;;) {
    const store = new LevelControlStore(home.control);
    try {
      await store.open();
      await owner.write(clock.now());
      await rm(home.scratch, { recursive: true, force: true });
      return store;
    } catch (error) {
      await store.close().catch(() => undefined);
      if (!isReprocessError(error, 'REPROCESS_LOCKED')) throw error;
      if (clock.now() >= deadline) throw await lockedError(owner, home, error);
    }
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, LOCK_POLL_MS, { awaited: true });
    });
  }
}

async function lockedError(
  owner: OwnerFile,
  home: DataDirectory,
  cause: unknown,
): Promise<StagedReprocessError> {
  const holder = await owner.read();
  const who =
    holder === undefined
      ? 'another process'
      : `process ${String(holder.pid)} on ${holder.host}, since ${new Date(holder.startedAtMs).toISOString()}`;
  return new StagedReprocessError('REPROCESS_LOCKED', `${home.path} is in use by ${who}`, {
    details: { directory: home.path, holder },
    cause,
  });
}

async function makeDirectory(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made !== undefined) await syncDirectory(dirname(made));
}
