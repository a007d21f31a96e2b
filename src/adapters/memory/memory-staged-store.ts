import { StagedReprocessError } from '../../errors.ts';
import type { GenerationWriter } from '../../store/generation-writer.ts';
import type { StoreBatch } from '../../store/store-batch.ts';
import type { StagedStore, StoreContext, StoreInspection, StoreSwitch } from '../../store/store.ts';
import type { Table, TableDefinitions, TableReader } from '../../store/table.ts';
import { MemoryGeneration } from './memory-generation.ts';
import { OpenMemoryGeneration } from './open-memory-generation.ts';

/** The generations of one store, in memory. A switch moves nothing: it is written into the markers. */
export class MemoryStagedStore<T extends TableDefinitions> implements StagedStore<TableReader<T>> {
  readonly #context: StoreContext;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #generations = new Map<number, MemoryGeneration>();
  #closed = false;

  constructor(context: StoreContext, tables: ReadonlyMap<string, Table>) {
    this.#context = context;
    this.#tables = tables;
  }

  async inspect(): Promise<StoreInspection> {
    this.#checkOpen();
    const generations = [...this.#generations.values()]
      .map(({ marker, state }) => ({ generation: marker.generation, state, marker }))
      .sort((left, right) => left.generation - right.generation);
    return { generations, live: undefined, foreign: [] };
  }

  async stage(generation: number): Promise<GenerationWriter> {
    this.#checkOpen();
    if (this.#generations.has(generation)) throw this.#failed('stage', generation, 'exists already');
    const { homeId, storeName } = this.#context;
    const staged = new MemoryGeneration(
      { format: 1, homeId, store: storeName, generation, revision: 0 },
      this.#tables,
    );
    this.#generations.set(generation, staged);
    return staged;
  }

  async prepare(generation: number): Promise<void> {
    this.#checkOpen();
    const staged = this.#generations.get(generation);
    if (staged?.finished !== true) throw this.#failed('prepare', generation, 'is not whole');
    staged.state = 'ready';
  }

  async commit(change: StoreSwitch): Promise<void> {
    this.#checkOpen();
    const to = this.#generations.get(change.to);
    if (to?.state !== 'ready') throw this.#failed('commit', change.to, 'is not ready');
    to.marker = { ...to.marker, revision: change.revision };
  }

  async apply(generation: number, batch: StoreBatch): Promise<void> {
    this.#checkOpen();
    const target = this.#generations.get(generation);
    if (target?.state !== 'ready') throw this.#failed('apply', generation, 'is not ready');
    target.apply(batch);
  }

  async undo(change: StoreSwitch): Promise<void> {
    this.#checkOpen();
    const to = this.#generations.get(change.to);
    if (to !== undefined) to.marker = { ...to.marker, revision: change.toRevision };
  }

  async openGeneration(generation: number): Promise<OpenMemoryGeneration<T>> {
    this.#checkOpen();
    const found = this.#generations.get(generation);
    if (found?.finished !== true) {
      throw new StagedReprocessError(
        'REPROCESS_STORE_CORRUPT',
        `Store ${this.#context.storeName} has no whole generation ${generation}`,
        { details: { store: this.#context.storeName, generation } },
      );
    }
    return new OpenMemoryGeneration<T>(found, this.#tables);
  }

  async discard(generation: number): Promise<void> {
    this.#checkOpen();
    this.#generations.get(generation)?.discard();
    this.#generations.delete(generation);
  }

  /** Nothing of it lies on a disk. */
  async sizeBytes(): Promise<number> {
    this.#checkOpen();
    return 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const generation of this.#generations.values()) generation.discard();
    this.#generations.clear();
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `Store ${this.#context.storeName} is closed`);
  }

  #failed(step: string, generation: number, what: string): StagedReprocessError {
    const { storeName } = this.#context;
    return new StagedReprocessError(
      'REPROCESS_STORE_FAILED',
      `Store ${storeName} cannot ${step}: its generation ${generation} ${what}`,
      { details: { store: storeName, step, generation } },
    );
  }
}
