import type { ScanOptions, ScanVisitor, SourceSnapshot } from '../../source/source.ts';
import { RocksCheckpoint } from '../rocksdb/rocks-checkpoint.ts';
import { requireOptions, requirePath } from './required-options.ts';

/** @public */
export interface OmCheckpointOptions {
  /** Ends the opening early, with `REPROCESS_ABORTED`. */
  readonly signal?: AbortSignal;
  /**
   * Whether the checksum of each data block is verified. Those of everything else always are.
   *
   * @defaultValue true
   */
  readonly verifyChecksums?: boolean;
}

const KEYS = ['signal', 'verifyChecksums'];
/** Every Ozone Manager database has these. */
const OM_FAMILIES = ['volumeTable', 'bucketTable', 'keyTable'];

/**
 * A checkpoint of an Ozone Manager's RocksDB, read in place. Tables are its column families but `default`, keys and
 * values their bytes. The directory must stay as it is until `close`; nothing in it is changed.
 *
 * Reading fails with `REPROCESS_SOURCE_CHANGED` when somebody writes to the directory, `REPROCESS_SOURCE_CORRUPT` when
 * bytes are damaged, `REPROCESS_SOURCE_UNSUPPORTED` when a feature of RocksDB is used that this reader lacks, and
 * `REPROCESS_HANDLE_CLOSED` after `close`. `history` is the identity of the database; checkpoints as served over HTTP
 * carry none.
 *
 * @public
 */
export interface OmCheckpoint extends SourceSnapshot, AsyncDisposable {
  /** Where it lies. */
  readonly directory: string;
  /** Bytes of its files. */
  estimateBytes(): number;
  /** Throws `REPROCESS_SOURCE_CHANGED` when the directory is not as it was when it was opened; each scan ends with this. */
  verifyUnchanged(): Promise<void>;
  /** Scans that go on end with `REPROCESS_HANDLE_CLOSED`; an unpacked copy is deleted. May be called twice. */
  close(): Promise<void>;
}

class OpenOmCheckpoint implements OmCheckpoint {
  readonly directory: string;
  readonly sequence: bigint;
  readonly history?: string;
  readonly tables: readonly string[];
  readonly #rocks: RocksCheckpoint;
  readonly #afterClose: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(rocks: RocksCheckpoint, afterClose: () => Promise<void>) {
    this.#rocks = rocks;
    this.#afterClose = afterClose;
    this.directory = rocks.directory;
    this.sequence = BigInt(rocks.lastSequence);
    if (rocks.databaseId !== undefined) this.history = rocks.databaseId;
    this.tables = [...rocks.families.keys()].filter((name) => name !== 'default');
  }

  estimateRows(table: string): number | undefined {
    return this.#rocks.families.get(table)?.estimatedRows;
  }

  estimateBytes(): number {
    return this.#rocks.sizeBytes;
  }

  scan(table: string, visitor: ScanVisitor, options?: ScanOptions): Promise<void> {
    return this.#rocks.scan(table, visitor, options);
  }

  get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rocks.get(table, key);
  }

  verifyUnchanged(): Promise<void> {
    return this.#rocks.verifyUnchanged();
  }

  close(): Promise<void> {
    this.#rocks.close();
    return (this.#closing ??= this.#afterClose());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens a directory that holds a checkpoint of an Ozone Manager's database (`om.db`). Who opens it closes it.
 *
 * Throws `REPROCESS_SOURCE_INVALID` when it is no such directory, `REPROCESS_SOURCE_CORRUPT`,
 * `REPROCESS_SOURCE_UNSUPPORTED`, `REPROCESS_SOURCE_CHANGED`, `REPROCESS_SOURCE_FAILED` (the operating system refused a
 * file) or `REPROCESS_ABORTED`.
 *
 * @public
 */
export async function openOmCheckpoint(
  directory: string,
  options: OmCheckpointOptions = {},
): Promise<OmCheckpoint> {
  requirePath('directory', directory);
  requireOptions(options, KEYS);
  return openOmDirectory(directory, options, () => Promise.resolve());
}

/** `afterClose` runs once, when the checkpoint is closed. */
export async function openOmDirectory(
  directory: string,
  options: OmCheckpointOptions,
  afterClose: () => Promise<void>,
): Promise<OmCheckpoint> {
  const rocks = await RocksCheckpoint.open(directory, { ...options, requiredFamilies: OM_FAMILIES });
  return new OpenOmCheckpoint(rocks, afterClose);
}
