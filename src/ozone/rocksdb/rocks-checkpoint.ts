import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isReprocessError, StagedReprocessError, throwIfAborted } from '../../errors.ts';
import type { ScanOptions, ScanVisitor } from '../../source/source.ts';
import { BlockMemoryFactory } from './block-memory.ts';
import { Checksums } from './checksum.ts';
import { Crc32c } from './crc32c.ts';
import type { DirectoryState } from './directory-state.ts';
import { differenceOf, readDirectoryState } from './directory-state.ts';
import type { Family } from './family.ts';
import { assembleFamily } from './family.ts';
import { scanFamily } from './family-scan.ts';
import { VALUE } from './internal-key.ts';
import type { Manifest } from './manifest.ts';
import { readManifest } from './manifest.ts';
import { hides } from './range-deletions.ts';
import { changedWhileRead, damaged, isMissing, notACheckpoint, readFailed } from './read-errors.ts';
import type { Table } from './table.ts';
import { readTable } from './table.ts';
import type { TableIo } from './table-io.ts';
import { newestVersion, TableLookup } from './table-lookup.ts';
import { replayWal } from './wal.ts';

export interface RocksCheckpointOptions {
  readonly signal?: AbortSignal;
  readonly verifyChecksums?: boolean;
  /** Switched off, the plain JavaScript decoders are used. */
  readonly webAssembly?: boolean;
  /** Families that must be there; without one the directory is no checkpoint of the expected kind. */
  readonly requiredFamilies?: readonly string[];
}

interface Contents {
  readonly state: DirectoryState;
  readonly manifest: Manifest;
  readonly families: ReadonlyMap<string, Family>;
  readonly lastSequence: number;
  readonly databaseId: string | undefined;
}

/** A RocksDB checkpoint, read in place, without RocksDB. It writes nothing. */
export class RocksCheckpoint {
  readonly directory: string;
  readonly lastSequence: number;
  readonly databaseId: string | undefined;
  readonly families: ReadonlyMap<string, Family>;
  /** By the ids that write batches carry. */
  readonly familyNames: ReadonlyMap<number, string>;
  readonly sizeBytes: number;
  readonly #state: DirectoryState;
  readonly #io: TableIo;
  readonly #lookup: TableLookup;
  #closed = false;

  private constructor(directory: string, contents: Contents, io: TableIo) {
    this.directory = directory;
    this.lastSequence = contents.lastSequence;
    this.databaseId = contents.databaseId;
    this.families = contents.families;
    this.familyNames = new Map(contents.manifest.families.map(({ id, name }) => [id, name]));
    this.#state = contents.state;
    this.#io = io;
    this.#lookup = new TableLookup(io);
    this.sizeBytes = contents.state.bytes;
    for (const { runs } of contents.families.values()) {
      for (const { file } of runs.flat()) this.sizeBytes += file.sizeBytes;
    }
  }

  static async open(directory: string, options: RocksCheckpointOptions = {}): Promise<RocksCheckpoint> {
    const crc = new Crc32c();
    const io: TableIo = {
      checksums: new Checksums(crc),
      memories: new BlockMemoryFactory(crc, options.webAssembly),
      verifyChecksums: options.verifyChecksums ?? true,
    };
    const state = await readDirectoryState(directory);
    let contents: Contents;
    try {
      contents = await readContents(directory, state, io, options);
    } catch (error) {
      // Half-written files look damaged: tell an open database apart.
      if (isReprocessError(error, 'REPROCESS_ABORTED')) throw error;
      await requireUnchanged(directory, state, error);
      throw error;
    }
    await requireUnchanged(directory, state);
    return new RocksCheckpoint(directory, contents, io);
  }

  async scan(name: string, visitor: ScanVisitor, { signal }: ScanOptions = {}): Promise<void> {
    this.#requireOpen();
    throwIfAborted(signal);
    const family = this.families.get(name);
    if (family !== undefined) {
      const requireOpen = (): void => {
        this.#requireOpen();
      };
      await scanFamily({ family, io: this.#io, visitor, signal, requireOpen }).catch(
        async (error: unknown) => {
          if (isReprocessError(error, 'REPROCESS_SOURCE_CORRUPT'))
            await requireUnchanged(this.directory, this.#state, error);
          throw error;
        },
      );
    }
    await this.verifyUnchanged();
    await visitor.end?.();
  }

  async get(name: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.getMany(name, [key]))[0];
  }

  /** In the order of the keys, which must ascend. */
  async getMany(name: string, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#requireOpen();
    const family = this.families.get(name);
    if (family === undefined) return keys.map(() => undefined);
    const { memtable, rangeDeletions } = family;
    const newest = keys.map((key) => memtable && newestVersion(memtable.sorted(), key));
    for (const table of family.runs.flat()) {
      for (const [i, version] of (await this.#lookup.findMany(table, keys)).entries()) {
        if (version !== undefined && version.sequence > (newest[i]?.sequence ?? -1)) newest[i] = version;
      }
    }
    return keys.map((key, i) => {
      const version = newest[i];
      if (version?.kind !== VALUE) return undefined;
      const isHidden = rangeDeletions.some((one) => hides(one, key, 0, key.length, version.sequence));
      return isHidden ? undefined : version.value.slice();
    });
  }

  /** Throws `REPROCESS_SOURCE_CHANGED` when the directory is not as it was when it was opened. */
  async verifyUnchanged(): Promise<void> {
    await requireUnchanged(this.directory, this.#state);
  }

  close(): void {
    this.#closed = true;
  }

  #requireOpen(): void {
    if (!this.#closed) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `The checkpoint ${this.directory} was closed`);
  }
}

async function requireUnchanged(directory: string, before: DirectoryState, cause?: unknown): Promise<void> {
  let difference: string | undefined;
  try {
    const after = await readDirectoryState(directory);
    difference = differenceOf(before, after);
    const here = new Set(after.tables);
    difference ??= before.tables.map(tableName).find((_, i) => !here.has(before.tables[i] ?? -1));
  } catch (error) {
    if (!isReprocessError(error, 'REPROCESS_SOURCE_INVALID')) throw error;
    throw changedWhileRead(directory, 'it is no checkpoint any more', error);
  }
  if (difference !== undefined) throw changedWhileRead(directory, difference, cause);
}

async function readContents(
  directory: string,
  state: DirectoryState,
  io: TableIo,
  options: RocksCheckpointOptions,
): Promise<Contents> {
  const { crc } = io.checksums;
  const path = join(directory, state.manifest);
  const log = await readFile(path).catch((error: unknown) => {
    throw readFailed(path, error);
  });
  const manifest = readManifest(log, path, crc);
  const named = new Set(manifest.families.map(({ name }) => name));
  const absent = options.requiredFamilies?.find((name) => !named.has(name));
  if (absent !== undefined) throw notACheckpoint(directory, `it has no column family ${absent}`);
  const stranger = state.tables.find((number) => !manifest.knownFiles.has(number));
  if (stranger !== undefined) {
    throw damaged(path, log.length, `it does not know ${tableName(stranger)}, so its end is missing`);
  }
  const wal = await replayWal(directory, state.logs, manifest.families, crc, options.signal);
  const families = new Map<string, Family>();
  for (const family of manifest.families) {
    const tables: Table[] = [];
    for (const file of family.files) {
      throwIfAborted(options.signal);
      const tablePath = join(directory, tableName(file.number));
      const size = await sizeOf(tablePath);
      if (size === undefined)
        throw damaged(path, log.length, `it names ${tableName(file.number)}, which is missing`);
      if (size !== file.sizeBytes) {
        throw damaged(
          tablePath,
          Math.min(size, file.sizeBytes),
          `it has ${size} bytes instead of ${file.sizeBytes}`,
        );
      }
      tables.push(await readTable(tablePath, file, io.checksums));
    }
    families.set(family.name, assembleFamily(family, tables, wal.memtables.get(family.id)));
  }
  return {
    state,
    manifest,
    families,
    lastSequence: Math.max(manifest.lastSequence, wal.lastSequence),
    databaseId: manifest.databaseId ?? (await readIdentity(directory)),
  };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw readFailed(path, error);
  }
}

async function readIdentity(directory: string): Promise<string | undefined> {
  const path = join(directory, 'IDENTITY');
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw readFailed(path, error);
  }
}

function tableName(number: number): string {
  return `${String(number).padStart(6, '0')}.sst`;
}
