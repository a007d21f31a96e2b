import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StagedReprocessError } from '../../errors.ts';
import type { GenerationWriter } from '../../store/generation-writer.ts';
import type { StoreBatch } from '../../store/store-batch.ts';
import type {
  AdoptedGeneration,
  FoundGeneration,
  StagedStore,
  StoreContext,
  StoreInspection,
  StoreMarker,
  StoreSwitch,
} from '../../store/store.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { tableNamed, type Table, type TableDefinitions, type TableReader } from '../../store/table.ts';
import { GenerationPaths } from './generation-paths.ts';
import { LevelHandles } from './level-handles.ts';
import { openLevel, type LevelDatabase } from './level-database.ts';
import { LevelBatches } from './level-batch.ts';
import { readMarker, writeMarker } from './level-marker.ts';
import { LevelWriter } from './level-writer.ts';
import { OpenLevelGeneration } from './open-level-generation.ts';
import { readCopy } from './read-copy.ts';
import { SyncedWrites } from './synced-writes.ts';
import { pathExists } from '../../store/path-exists.ts';

/**
 * The generations of one store, one LevelDB each. A switch moves no file: a generation gets its final name when it is
 * prepared (closed, since renaming an open LevelDB silently corrupts it), and the switch is written into its marker.
 */
export class LevelStagedStore<T extends TableDefinitions> implements StagedStore<TableReader<T>> {
  readonly #context: StoreContext;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #adopted = new Map<number, string>();
  readonly #paths: GenerationPaths;
  readonly #handles = new LevelHandles();
  readonly #writers = new Map<number, LevelWriter>();
  /** Generations that `prepare` opened and nobody has taken over yet. */
  readonly #prepared = new Set<string>();
  readonly #writes = new SyncedWrites();
  readonly #batches: LevelBatches;
  #closed = false;

  constructor(context: StoreContext, directory: string, tables: ReadonlyMap<string, Table>) {
    this.#context = context;
    this.#tables = tables;
    this.#batches = new LevelBatches(tables);
    const { adopted } = context;
    if (adopted?.location !== undefined) this.#adopted.set(adopted.generation, adopted.location);
    this.#paths = new GenerationPaths(directory, this.#adopted);
  }

  async inspect(): Promise<StoreInspection> {
    const listing = await this.#paths.list();
    const generations: FoundGeneration[] = [];
    for (const { generation, state } of listing.generations) {
      generations.push({ generation, state, marker: await this.#inspectMarker(generation, state) });
    }
    const { directory } = this.#paths;
    const foreign = listing.foreign.map(
      (name) => `${join(directory, name)} is not a generation of this store`,
    );
    return { generations, live: undefined, foreign };
  }

  async stage(generation: number): Promise<GenerationWriter> {
    this.#checkOpen();
    await mkdir(this.#paths.directory, { recursive: true });
    const path = this.#paths.staged(generation);
    const db = await this.#handles.acquire(path, () => openLevel(path, { create: true }));
    await writeMarker(db, this.#marker(generation, 0));
    const writer = new LevelWriter(db);
    this.#writers.set(generation, writer);
    return writer;
  }

  async prepare(generation: number): Promise<void> {
    this.#checkOpen();
    const staged = this.#paths.staged(generation);
    const ready = this.#paths.ready(generation);
    this.#writers.delete(generation);
    await this.#handles.close(staged);
    if (await pathExists(staged)) {
      await rename(staged, ready);
      await syncDirectory(this.#paths.directory);
    }
    // Opening replays the log into synced tables: from here on the rows survive a power cut.
    if (this.#prepared.has(ready)) return;
    await this.#open(ready);
    this.#prepared.add(ready);
  }

  /**
   * After one that failed, LevelDB begins a new log before the next one; where it cannot, that one rejects too. No reader
   * sees a rejected batch; but when the database is closed, or dies, before the next write, its next opening may find it,
   * whole, as after a power cut.
   */
  async apply(generation: number, batch: StoreBatch): Promise<void> {
    this.#checkOpen();
    for (const { table } of batch.writes) tableNamed(this.#tables, table);
    const path = this.#paths.ready(generation);
    try {
      await this.#writes.inTurn(path, () => this.#write(path, (db) => this.#batches.write(db, batch)));
    } catch (error) {
      const { storeName } = this.#context;
      const details = { store: storeName, step: 'apply', generation };
      const message = `Store '${storeName}' cannot apply a batch to generation ${generation}`;
      throw new StagedReprocessError('REPROCESS_STORE_FAILED', message, { details, cause: error });
    }
  }

  async commit(change: StoreSwitch): Promise<void> {
    this.#checkOpen();
    await this.#mark(change.to, change.revision);
  }

  async undo(change: StoreSwitch): Promise<void> {
    this.#checkOpen();
    if (await pathExists(this.#paths.ready(change.to))) await this.#mark(change.to, change.toRevision);
  }

  async openGeneration(generation: number): Promise<OpenLevelGeneration<T>> {
    this.#checkOpen();
    const staged = this.#paths.staged(generation);
    const path = this.#handles.has(staged) ? staged : this.#paths.ready(generation);
    const db = await this.#open(path);
    if (this.#prepared.delete(path)) await this.#handles.release(path);
    return new OpenLevelGeneration(generation, db, this.#tables, () => this.#handles.release(path));
  }

  async discard(generation: number): Promise<void> {
    this.#checkOpen();
    await this.#writers.get(generation)?.abandon();
    this.#writers.delete(generation);
    for (const path of [this.#paths.staged(generation), this.#paths.ready(generation)]) {
      await this.#writes.inTurn(path, async () => {
        this.#prepared.delete(path);
        await this.#handles.close(path);
        await rm(path, { recursive: true, force: true });
      });
    }
    this.#adopted.delete(generation);
    if (await pathExists(this.#paths.directory)) await syncDirectory(this.#paths.directory);
  }

  async sizeBytes(generation: number): Promise<number> {
    const staged = this.#paths.staged(generation);
    const path = (await pathExists(staged)) ? staged : this.#paths.ready(generation);
    let bytes = 0;
    for (const name of (await pathExists(path)) ? await readdir(path) : []) {
      // LevelDB may delete a file between the two calls.
      bytes += (await stat(join(path, name)).catch(() => undefined))?.size ?? 0;
    }
    return bytes;
  }

  async adopt(adopted: AdoptedGeneration, revision: number): Promise<void> {
    this.#checkOpen();
    const path = adopted.location ?? this.#paths.ready(adopted.generation);
    const db = await this.#open(path);
    try {
      await writeMarker(db, this.#marker(adopted.generation, revision));
    } finally {
      await this.#handles.release(path);
    }
    if (adopted.location !== undefined) this.#adopted.set(adopted.generation, adopted.location);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#writers.values()].map((writer) => writer.abandon()));
    this.#writers.clear();
    await this.#writes.settled();
    await this.#handles.closeAll();
  }

  async #mark(generation: number, revision: number): Promise<void> {
    const path = this.#paths.ready(generation);
    const marker = this.#marker(generation, revision);
    await this.#writes.inTurn(path, async () => {
      try {
        await this.#write(path, (db) => writeMarker(db, marker));
      } catch (error) {
        // Nobody else may have it open: an undo must then be able to write, whatever state LevelDB is in.
        if (this.#prepared.delete(path)) await this.#handles.release(path);
        throw error;
      }
    });
  }

  async #write(path: string, write: (db: LevelDatabase) => Promise<void>): Promise<void> {
    const db = await this.#open(path);
    try {
      await this.#writes.write(path, db, () => write(db));
    } finally {
      await this.#handles.release(path);
    }
  }

  async #open(path: string) {
    try {
      // Where there is no database LevelDB would leave a folder behind.
      if (!this.#handles.has(path)) await access(join(path, 'CURRENT'));
      return await this.#handles.acquire(path, () => openLevel(path, { create: false }));
    } catch (error) {
      const { storeName } = this.#context;
      const message = `Store '${storeName}': ${path} cannot be opened`;
      const details = { store: storeName, path };
      throw new StagedReprocessError('REPROCESS_STORE_CORRUPT', message, { details, cause: error });
    }
  }

  async #inspectMarker(generation: number, state: 'staged' | 'ready'): Promise<StoreMarker | undefined> {
    const path = state === 'staged' ? this.#paths.staged(generation) : this.#paths.ready(generation);
    const open = this.#handles.peek(path);
    try {
      return await (open === undefined
        ? readCopy(path, readMarker, this.#context.temporaryDirectory)
        : readMarker(open));
    } catch {
      // Damaged, or half made: that it has no marker says so.
      return undefined;
    }
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    const { storeName } = this.#context;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `Store '${storeName}' is closed`, {
      details: { store: storeName },
    });
  }

  #marker(generation: number, revision: number): StoreMarker {
    const { homeId, storeName } = this.#context;
    return { format: 1, homeId, store: storeName, generation, revision };
  }
}
