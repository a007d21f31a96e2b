import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StagedReprocessError } from '../../errors.ts';
import type { GenerationWriter } from '../../store/generation-writer.ts';
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
import type { Table, TableDefinitions, TableReader } from '../../store/table.ts';
import { GenerationPaths } from './generation-paths.ts';
import { LevelHandles } from './level-handles.ts';
import { openLevel } from './level-database.ts';
import { readMarker, writeMarker } from './level-marker.ts';
import { LevelWriter } from './level-writer.ts';
import { OpenLevelGeneration } from './open-level-generation.ts';
import { readCopy } from './read-copy.ts';

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
  #closed = false;

  constructor(context: StoreContext, directory: string, tables: ReadonlyMap<string, Table>) {
    this.#context = context;
    this.#tables = tables;
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
    if (await exists(staged)) {
      await rename(staged, ready);
      await syncDirectory(this.#paths.directory);
    }
    // Opening replays the log into synced tables: from here on the rows survive a power cut.
    if (this.#prepared.has(ready)) return;
    await this.#open(ready);
    this.#prepared.add(ready);
  }

  async commit(change: StoreSwitch): Promise<void> {
    this.#checkOpen();
    await this.#mark(change.to, change.revision);
  }

  async undo(change: StoreSwitch): Promise<void> {
    this.#checkOpen();
    if (await exists(this.#paths.ready(change.to))) await this.#mark(change.to, change.toRevision);
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
      this.#prepared.delete(path);
      await this.#handles.close(path);
      await rm(path, { recursive: true, force: true });
    }
    this.#adopted.delete(generation);
    if (await exists(this.#paths.directory)) await syncDirectory(this.#paths.directory);
  }

  async sizeBytes(generation: number): Promise<number> {
    const staged = this.#paths.staged(generation);
    const path = (await exists(staged)) ? staged : this.#paths.ready(generation);
    let bytes = 0;
    for (const name of (await exists(path)) ? await readdir(path) : []) {
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
    await this.#handles.closeAll();
  }

  async #mark(generation: number, revision: number): Promise<void> {
    const path = this.#paths.ready(generation);
    const db = await this.#open(path);
    try {
      await writeMarker(db, this.#marker(generation, revision));
    } catch (error) {
      // Behind a record that was written half-way (a full disk) LevelDB would hide every later one: a new opening begins
      // a new log.
      this.#prepared.delete(path);
      await this.#handles.close(path);
      throw error;
    }
    await this.#handles.release(path);
  }

  async #open(path: string) {
    try {
      return await this.#handles.acquire(path, () => openLevel(path, { create: false }));
    } catch (error) {
      const { storeName } = this.#context;
      throw new StagedReprocessError(
        'REPROCESS_STORE_CORRUPT',
        `Store '${storeName}': ${path} cannot be opened`,
        {
          details: { store: storeName, path },
          cause: error,
        },
      );
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

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
