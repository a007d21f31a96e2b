import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import { syncDirectory } from '../store/sync-directory.ts';
import { checkForeign } from './check-foreign.ts';
import type { ControlStore } from './control-store.ts';
import type { DataDirectory } from './data-directory.ts';
import { LevelControlStore } from './level-control-store.ts';
import { OwnerFile } from './owner-file.ts';
import { takeDirectory } from './process-lock.ts';

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
  await checkForeign(home);
  const owner = new OwnerFile(home.owner);
  const deadline = clock.now() + waitForLockMs;
  for (;;) {
    const giveBack = await takeDirectory(home.path);
    try {
      if (giveBack === undefined)
        throw new StagedReprocessError('REPROCESS_LOCKED', 'This process has it open');
      const store = await openOwned(home, owner, clock);
      return releasing(store, giveBack);
    } catch (error) {
      giveBack?.();
      if (!isReprocessError(error, 'REPROCESS_LOCKED')) throw error;
      if (clock.now() >= deadline) throw await lockedError(owner, home, error);
    }
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, LOCK_POLL_MS, { awaited: true });
    });
  }
}

async function openOwned(home: DataDirectory, owner: OwnerFile, clock: Clock): Promise<ControlStore> {
  const store = new LevelControlStore(home.control);
  try {
    await store.open();
    await owner.write(clock.now());
    return store;
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/** The store gives the directory back when it is closed, whether or not that works. */
function releasing(store: ControlStore, giveBack: () => void): ControlStore {
  return {
    open: () => store.open(),
    readRecord: () => store.readRecord(),
    writeRecord: (text, runs) => store.writeRecord(text, runs),
    readRuns: () => store.readRuns(),
    close: () => store.close().finally(giveBack),
  };
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
