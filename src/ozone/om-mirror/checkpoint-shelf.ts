import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isReprocessError, StagedReprocessError, throwIfAborted } from '../../errors.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { extractOmCheckpoint } from '../checkpoint/extract-om-checkpoint.ts';
import { openOmCheckpoint, type OmCheckpoint } from '../checkpoint/om-checkpoint.ts';
import { notACheckpoint } from '../rocksdb/read-errors.ts';
import { copyCheckpoint } from './copy-checkpoint.ts';
import { haveSameRows } from './same-rows.ts';
import { pathExists } from '../../store/path-exists.ts';

const NAME = /^checkpoint-(\d+)$/;
const PARTIAL = '.partial-';
/** Lies in a folder that the library has made: nothing is ever deleted beside anything else. */
const MARK = 'shelf.json';

/** A checkpoint that the shelf has taken in. */
export interface TakenCheckpoint {
  readonly directory: string;
  readonly sequence: bigint;
  /** About how large it is. */
  readonly sizeBytes: number;
  /** `present`: the shelf had this very data already, and kept what it had. */
  readonly how: 'linked' | 'copied' | 'unpacked' | 'present';
}

interface TakeOptions {
  readonly signal?: AbortSignal;
  /**
   * Whether an archive must hold `OZONE_RATIS_SNAPSHOT_COMPLETE`. Those that were packed by hand do not.
   *
   * @defaultValue false
   */
  readonly requireComplete?: boolean;
}

/**
 * The library's own checkpoints of an Ozone Manager's database, `checkpoint-<sequence>` each. A generation says by its
 * sequence which one it was built from, so a switch of generations is a switch of checkpoints too.
 *
 * Used by one process at a time: by the holder of the data directory's lock.
 */
export class CheckpointShelf {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(sequence: bigint): string {
    return join(this.directory, `checkpoint-${String(sequence)}`);
  }

  /** Opens the checkpoint of a sequence; the caller closes it. */
  async open(sequence: bigint): Promise<OmCheckpoint> {
    return openOmCheckpoint(this.path(sequence));
  }

  /**
   * Makes the folder the library's own, before anything is deleted in it.
   *
   * @throws StagedReprocessError `REPROCESS_FOREIGN_DATA` when something lies there that the library did not put there.
   */
  async claim(): Promise<void> {
    const names = await this.#names();
    if (names.includes(MARK)) return;
    if (names.length > 0) {
      throw new StagedReprocessError(
        'REPROCESS_FOREIGN_DATA',
        `${this.directory} holds what the library did not put there. Nothing in it was changed`,
        { details: { directory: this.directory } },
      );
    }
    await mkdir(this.directory, { recursive: true });
    await writeFile(join(this.directory, MARK), '{ "format": 1 }\n');
    await syncDirectory(this.directory);
  }

  /** Refuses an origin that lies on the shelf itself, where it might be deleted before it is read. */
  async requireOutside(origin: string): Promise<void> {
    const [own, given] = await Promise.all(
      [this.directory, origin].map((path) => realpath(path).catch(() => path)),
    );
    if (own === undefined || given?.startsWith(own + sep) !== true) return;
    throw notACheckpoint(origin, 'it is a checkpoint of the data directory itself; give another one');
  }

  /** Deletes what a crash left half-made. */
  async sweep(): Promise<void> {
    for (const name of await this.#names()) {
      if (name.startsWith(PARTIAL)) await rm(join(this.directory, name), { recursive: true, force: true });
    }
  }

  /**
   * Takes in a checkpoint: a directory, by hard links or else copies, which stays as it is; or an archive, unpacked. It
   * has its name only once it is whole, proved readable and synced.
   *
   * @throws StagedReprocessError what `openOmCheckpoint` and `extractOmCheckpoint` throw; `REPROCESS_SOURCE_INVALID`
   * also when another database with the same sequence is on the shelf.
   */
  async take(origin: string, options: TakeOptions = {}): Promise<TakenCheckpoint> {
    const { signal, requireComplete = false } = options;
    const isDirectory = await requireFile(origin);
    await mkdir(this.directory, { recursive: true });
    const partial = join(this.directory, `${PARTIAL}${randomBytes(6).toString('hex')}`);
    await mkdir(partial);
    try {
      const copy = isDirectory
        ? await fromDirectory(origin, partial, signal)
        : await fromArchive(origin, partial, requireComplete, signal);
      return await this.#place(copy.directory, copy.how, signal);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  /** Deletes every checkpoint whose sequence is not among `needed`. */
  async keepOnly(needed: ReadonlySet<bigint>): Promise<void> {
    for (const name of await this.#names()) {
      const sequence = NAME.exec(name)?.[1];
      if (sequence === undefined || needed.has(BigInt(sequence))) continue;
      // Renamed first, so that a crash leaves nothing that has the name of a checkpoint and is none.
      const doomed = join(this.directory, `${PARTIAL}${randomBytes(6).toString('hex')}`);
      await rename(join(this.directory, name), doomed);
      await rm(doomed, { recursive: true, force: true });
    }
  }

  async #place(
    directory: string,
    how: TakenCheckpoint['how'],
    signal: AbortSignal | undefined,
  ): Promise<TakenCheckpoint> {
    const opened = await openOmCheckpoint(directory, signal === undefined ? {} : { signal });
    const { sequence } = opened;
    const sizeBytes = opened.estimateBytes();
    const target = this.path(sequence);
    try {
      if (await this.#holds(opened, signal))
        return { directory: target, sequence, sizeBytes, how: 'present' };
    } finally {
      await opened.close();
    }
    throwIfAborted(signal);
    await rename(directory, target);
    await syncDirectory(this.directory);
    return { directory: target, sequence, sizeBytes, how };
  }

  /** Whether the same data is here already. What is here and cannot be read is of use to nobody, and makes room. */
  async #holds(wanted: OmCheckpoint, signal: AbortSignal | undefined): Promise<boolean> {
    const path = this.path(wanted.sequence);
    if (!(await pathExists(path))) return false;
    try {
      const known = await this.open(wanted.sequence);
      try {
        if (await haveSameRows(known, wanted, signal)) return true;
      } finally {
        await known.close();
      }
    } catch (error) {
      if (!DAMAGE.some((code) => isReprocessError(error, code))) throw error;
      // The damage may be in the new one: only what was read whole takes the place of anything.
      for (const table of wanted.tables)
        await wanted.scan(table, { rows: () => undefined }, scanOptions(signal));
      await wanted.verifyUnchanged();
      await rename(path, join(this.directory, `${PARTIAL}${randomBytes(6).toString('hex')}`));
      return false;
    }
    throw new StagedReprocessError(
      'REPROCESS_SOURCE_INVALID',
      `${path} is the checkpoint of another database with the same sequence: use another data directory`,
      { details: { sequence: wanted.sequence } },
    );
  }

  async #names(): Promise<readonly string[]> {
    return readdir(this.directory).catch(() => []);
  }
}

const DAMAGE = ['REPROCESS_SOURCE_CORRUPT', 'REPROCESS_SOURCE_CHANGED', 'REPROCESS_SOURCE_INVALID'] as const;

async function fromDirectory(origin: string, partial: string, signal: AbortSignal | undefined) {
  const directory = join(partial, 'checkpoint');
  await mkdir(directory);
  return { directory, how: await copyCheckpoint(origin, directory, signal) };
}

/**
 * Archives that were packed by hand have no mark of completeness. Opening the copy shows table files that are missing, but
 * not every missing log file.
 */
async function fromArchive(
  origin: string,
  partial: string,
  requireComplete: boolean,
  signal: AbortSignal | undefined,
) {
  const directory = await extractOmCheckpoint(origin, {
    stagingDirectory: partial,
    requireComplete,
    ...(signal === undefined ? {} : { signal }),
  });
  return { directory, how: 'unpacked' as const };
}

function scanOptions(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function requireFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw notACheckpoint(path, 'there is no such file or directory', error);
  }
}
