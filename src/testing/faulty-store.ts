import type { BulkWriter, GenerationWriter } from '../store/generation-writer.ts';
import type { FrozenRows, OpenGeneration } from '../store/open-generation.ts';
import type { StagedStore, StoreAdapter } from '../store/store.ts';

/** What an injected fault throws, unless told otherwise. */
const DEFAULT_ERROR = 'Injected fault';

/** One call of an adapter, as it is counted. @public */
export interface StoreCall {
  /** From 0, over all stores that the adapter has opened. */
  readonly index: number;
  /** For example `commit`, `writer.finish`, `bulk.put`, `open.close`. */
  readonly name: string;
}

/** @public */
export interface FaultyStoreOptions {
  /** The number of the call that fails, or a rule. Nothing fails when left out. */
  readonly failOn?: number | ((call: StoreCall) => boolean);
  /**
   * Whether the call is made before it fails, as when only its acknowledgement is lost. `close` always is, so that
   * nothing leaks through the fault itself.
   *
   * @defaultValue false
   */
  readonly after?: boolean;
  /** Makes the error. */
  readonly error?: (call: StoreCall) => Error;
}

/** An adapter whose calls are counted and fail on demand. @public */
export interface FaultyStore<Reader, Rows extends object, Entries extends object = object> {
  readonly adapter: StoreAdapter<Reader, Rows, Entries>;
  /** Every call since the last `arm`. */
  readonly calls: readonly StoreCall[];
  /** The calls that failed since the last `arm`. */
  readonly failed: readonly StoreCall[];
  /** Starts counting from 0, with another plan. */
  arm(options?: FaultyStoreOptions): void;
}

/**
 * Wraps an adapter so that a test can fail call 0, 1, 2 … until none fires. Counts every call of `StagedStore`,
 * `GenerationWriter`, `BulkWriter`, `OpenGeneration` and `FrozenRows`, but for reads through views.
 *
 * @public
 */
export function faultyStore<Reader, Rows extends object, Entries extends object = object>(
  adapter: StoreAdapter<Reader, Rows, Entries>,
  options: FaultyStoreOptions = {},
): FaultyStore<Reader, Rows, Entries> {
  const faults = new Faults(options);
  return {
    adapter: {
      ...adapter,
      open: async (context) => faultyStagedStore(await adapter.open(context), faults),
    },
    get calls() {
      return faults.calls;
    },
    get failed() {
      return faults.failed;
    },
    arm(next = {}) {
      faults.arm(next);
    },
  };
}

class Faults {
  calls: StoreCall[] = [];
  failed: StoreCall[] = [];
  #options: FaultyStoreOptions;

  constructor(options: FaultyStoreOptions) {
    this.#options = options;
  }

  arm(options: FaultyStoreOptions): void {
    this.#options = options;
    this.calls = [];
    this.failed = [];
  }

  async call<T>(name: string, work: () => Promise<T>): Promise<T> {
    const error = this.#count(name);
    if (error === undefined) return work();
    if (this.#options.after === true || name.endsWith('close')) await work();
    throw error;
  }

  callNow<T>(name: string, work: () => T): T {
    const error = this.#count(name);
    if (error === undefined) return work();
    if (this.#options.after === true) work();
    throw error;
  }

  #count(name: string): Error | undefined {
    const call = { index: this.calls.length, name };
    this.calls.push(call);
    const { failOn, error } = this.#options;
    if (typeof failOn === 'function' ? !failOn(call) : failOn !== call.index) return undefined;
    this.failed.push(call);
    return error?.(call) ?? new Error(`${DEFAULT_ERROR}: ${name} (call ${String(call.index)})`);
  }
}

function faultyStagedStore<Reader>(store: StagedStore<Reader>, faults: Faults): StagedStore<Reader> {
  const adopt = store.adopt?.bind(store);
  return {
    inspect: () => faults.call('inspect', () => store.inspect()),
    stage: (generation) =>
      faults.call('stage', async () => faultyWriter(await store.stage(generation), faults)),
    prepare: (generation) => faults.call('prepare', () => store.prepare(generation)),
    apply: (generation, batch) => faults.call('apply', () => store.apply(generation, batch)),
    commit: (change) => faults.call('commit', () => store.commit(change)),
    undo: (change) => faults.call('undo', () => store.undo(change)),
    openGeneration: (generation) =>
      faults.call('openGeneration', async () => faultyOpen(await store.openGeneration(generation), faults)),
    discard: (generation) => faults.call('discard', () => store.discard(generation)),
    sizeBytes: (generation) => faults.call('sizeBytes', () => store.sizeBytes(generation)),
    ...(adopt === undefined
      ? {}
      : {
          adopt: (adopted, revision) => faults.call('adopt', () => adopt(adopted, revision)),
        }),
    close: () => faults.call('close', () => store.close()),
  };
}

function faultyWriter(writer: GenerationWriter, faults: Faults): GenerationWriter {
  return {
    table: (name) => faults.callNow('writer.table', () => faultyBulk(writer.table(name), faults)),
    finish: () => faults.call('writer.finish', () => writer.finish()),
  };
}

function faultyBulk(bulk: BulkWriter, faults: Faults): BulkWriter {
  return {
    put(key, keyLength, value, valueLength) {
      faults.callNow('bulk.put', () => {
        bulk.put(key, keyLength, value, valueLength);
      });
    },
    get full() {
      return bulk.full;
    },
    drain: () => faults.call('bulk.drain', () => bulk.drain()),
  };
}

function faultyOpen<Reader>(open: OpenGeneration<Reader>, faults: Faults): OpenGeneration<Reader> {
  return {
    generation: open.generation,
    view: (check, options) => faults.callNow('open.view', () => open.view(check, options)),
    count: (table) => faults.call('open.count', () => open.count(table)),
    get: (table, key) => faults.call('open.get', () => open.get(table, key)),
    getMany: (table, keys) => faults.call('open.getMany', () => open.getMany(table, keys)),
    rows: (table, range) => faults.callNow('open.rows', () => open.rows(table, range)),
    freeze: () => faults.callNow('open.freeze', () => faultyFrozen(open.freeze(), faults)),
    applied: () => faults.call('open.applied', () => open.applied()),
    close: () => faults.call('open.close', () => open.close()),
  };
}

function faultyFrozen(frozen: FrozenRows, faults: Faults): FrozenRows {
  return {
    rows: (table) => faults.callNow('frozen.rows', () => frozen.rows(table)),
    close: () => faults.call('frozen.close', () => frozen.close()),
  };
}
