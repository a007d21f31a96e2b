import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isReprocessError, type StagedReprocessError } from '../../errors.ts';
import type { CheckpointShelf } from './checkpoint-shelf.ts';
import { createCopy, openCopy, sweepCopies } from './copy-directory.ts';
import { readMirrorRecord, writeMirrorRecord, type MirrorRecord } from './mirror-record.ts';
import type { OpenCopy } from './open-copy.ts';

export interface OpenCopies {
  readonly live: OpenCopy | undefined;
  readonly staged: OpenCopy | undefined;
}

export interface OpenCopiesOptions {
  /** The sequence whose checkpoint becomes the live copy where there is no mirror yet. */
  readonly adopt?: bigint;
  /** Given, damaged copies are dropped and told instead of thrown. */
  readonly onDamage?: (error: StagedReprocessError) => void;
}

/** In the place of one that cannot be read. */
const NONE: MirrorRecord = { live: undefined, staged: undefined };
const CHECKPOINT = /^checkpoint-(\d+)$/;
const DAMAGE = ['REPROCESS_CONTROL_CORRUPT', 'REPROCESS_SOURCE_CORRUPT', 'REPROCESS_SOURCE_INVALID'] as const;

/** Opens the copies that the record of a mirror names. */
export async function openCopies(shelf: CheckpointShelf, options: OpenCopiesOptions): Promise<OpenCopies> {
  const { directory } = shelf;
  const spared = sparing(options.onDamage);
  const record = await spared(() => readMirrorRecord(directory), NONE);
  if (record === undefined)
    return { live: await spared(() => adopt(shelf, options.adopt), undefined), staged: undefined };
  const open = (id: string | undefined): Promise<OpenCopy | undefined> =>
    id === undefined ? Promise.resolve(undefined) : spared(() => openCopy(directory, id), undefined);
  const live = await open(record.live);
  try {
    const staged = await open(record.staged);
    if (record === NONE || live?.id !== record.live || staged?.id !== record.staged)
      await writeMirrorRecord(directory, { live: live?.id, staged: staged?.id });
    return { live, staged };
  } catch (error) {
    await live?.close();
    throw error;
  }
}

/** Deletes what a crash left, and what no copy needs any more. */
export async function sweepMirror(shelf: CheckpointShelf, { live, staged }: OpenCopies): Promise<void> {
  const { directory } = shelf;
  await sweepCopies(directory, [live?.id, staged?.id]);
  await shelf.sweep();
  for (const name of ['mirror.json.tmp', 'options.json.tmp'])
    await rm(join(directory, name), { force: true });
  // Checkpoints from before there were mirrors: the one that was needed is in the live copy now.
  if (live !== undefined) await shelf.keepOnly(new Set());
}

/** A directory from before there were mirrors: the checkpoint that the live data was built from becomes the live copy. */
async function adopt(shelf: CheckpointShelf, wanted: bigint | undefined): Promise<OpenCopy | undefined> {
  const sequences = (await readdir(shelf.directory)).flatMap((name) => {
    const sequence = CHECKPOINT.exec(name)?.[1];
    return sequence === undefined ? [] : [BigInt(sequence)];
  });
  const newest = sequences.reduce<bigint | undefined>(
    (best, sequence) => (best === undefined || sequence > best ? sequence : best),
    undefined,
  );
  const sequence = wanted ?? newest;
  if (sequence === undefined || !sequences.includes(sequence)) return undefined;
  const copy = await createCopy(shelf.directory, {
    checkpoint: shelf.path(sequence),
    // The live data was built from this very checkpoint, and names its history if it names one.
    history: 'of-database',
    leader: undefined,
    requireComplete: false,
    signal: new AbortController().signal,
  });
  try {
    await writeMirrorRecord(shelf.directory, { live: copy.id, staged: undefined });
    return copy;
  } catch (error) {
    await copy.close();
    throw error;
  }
}

function sparing(onDamage: OpenCopiesOptions['onDamage']) {
  return async <T>(open: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await open();
    } catch (error) {
      if (onDamage === undefined || !isReprocessError(error)) throw error;
      if (!DAMAGE.some((code) => code === error.code)) throw error;
      onDamage(error);
      return otherwise;
    }
  };
}
