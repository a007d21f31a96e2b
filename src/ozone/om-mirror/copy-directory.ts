import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isReprocessError, StagedReprocessError } from '../../errors.ts';
import { pathExists } from '../../store/path-exists.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { RocksCheckpoint } from '../rocksdb/rocks-checkpoint.ts';
import { CheckpointShelf } from './checkpoint-shelf.ts';
import { controlCorrupt } from './durable-json.ts';
import { OpenCopy } from './open-copy.ts';
import { Overlay } from './overlay.ts';
import type { OverlayState } from './overlay-state.ts';

const NAME = /^copy-([0-9a-f]{16})$/;
const OVERLAY = 'overlay';

export interface CopyOrigin {
  /** A directory or an archive. */
  readonly checkpoint: string;
  /** `of-database`: that of the checkpoint, where it tells. */
  readonly history: { readonly named: string } | 'random' | 'of-database';
  readonly leader: string | undefined;
  readonly requireComplete: boolean;
  readonly signal: AbortSignal;
}

/** Makes a copy under a new id: durable when this resolves, and gone when it rejects. Nothing names it yet. */
export async function createCopy(home: string, origin: CopyOrigin): Promise<OpenCopy> {
  const { signal, requireComplete, leader } = origin;
  const id = randomBytes(8).toString('hex');
  const directory = copyPath(home, id);
  await mkdir(directory);
  try {
    const shelf = new CheckpointShelf(directory);
    const taken = await shelf.take(origin.checkpoint, { signal, requireComplete });
    const checkpoint = await RocksCheckpoint.open(taken.directory, { signal });
    const history = historyOf(origin, checkpoint);
    const at = { base: taken.sequence, sequence: taken.sequence, lastBatch: undefined, growth: {} };
    const state: OverlayState = { id, history, leader, ...at };
    const overlay = await Overlay.create(join(directory, OVERLAY), state);
    try {
      await syncDirectory(directory);
      await syncDirectory(home);
    } catch (error) {
      await overlay.close();
      throw error;
    }
    // On a shelf of its own nothing can be there already.
    const how = taken.how === 'present' ? undefined : taken.how;
    return new OpenCopy(directory, { checkpoint, overlay }, state, how);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @throws StagedReprocessError `REPROCESS_CONTROL_CORRUPT` or `REPROCESS_SOURCE_CORRUPT` when it is not whole,
 * `REPROCESS_FORMAT_NEWER`, `REPROCESS_LOCKED`, `REPROCESS_SOURCE_FAILED`.
 */
export async function openCopy(home: string, id: string): Promise<OpenCopy> {
  const directory = copyPath(home, id);
  if (!(await pathExists(directory))) throw controlCorrupt(`${home} (its ${copyName(id)} is missing)`);
  const overlay = await Overlay.open(join(directory, OVERLAY));
  try {
    const view = await overlay.view();
    const state = await view.state().finally(() => view.close());
    if (state.id !== id || state.sequence < state.base) throw controlCorrupt(overlay.path);
    const checkpoint = await openCheckpoint(new CheckpointShelf(directory).path(state.base));
    if (BigInt(checkpoint.lastSequence) !== state.base) throw controlCorrupt(directory);
    return new OpenCopy(directory, { checkpoint, overlay }, state, undefined);
  } catch (error) {
    await overlay.close();
    throw error;
  }
}

/** Deletes the copies that are not among `kept`: a crash or a reader left them. */
export async function sweepCopies(home: string, kept: readonly (string | undefined)[]): Promise<void> {
  for (const name of await readdir(home)) {
    const id = NAME.exec(name)?.[1];
    if (id === undefined || kept.includes(id)) continue;
    await rm(join(home, name), { recursive: true, force: true });
  }
}

async function openCheckpoint(path: string): Promise<RocksCheckpoint> {
  try {
    return await RocksCheckpoint.open(path);
  } catch (error) {
    if (!isReprocessError(error, 'REPROCESS_SOURCE_INVALID')) throw error;
    // It was a checkpoint when it was taken.
    throw new StagedReprocessError('REPROCESS_SOURCE_CORRUPT', `${path} is not whole any more`, {
      cause: error,
    });
  }
}

function historyOf({ history }: CopyOrigin, checkpoint: RocksCheckpoint): string {
  if (history === 'random') return randomUUID();
  return history === 'of-database' ? (checkpoint.databaseId ?? randomUUID()) : history.named;
}

function copyName(id: string): string {
  return `copy-${id}`;
}

function copyPath(home: string, id: string): string {
  return join(home, copyName(id));
}
