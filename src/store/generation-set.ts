import type { AppliedState } from './applied-state.ts';
import type { RowBytes } from './generation-writer.ts';
import type { FrozenRows, GenerationView, KeyRange, OpenGeneration, ViewOptions } from './open-generation.ts';

/** An open generation that several sets may share (a partial run leaves the other stores' generations as they are). */
export class SharedGeneration {
  readonly store: string;
  /** Whether other task versions, or other options, built it than those that run: nothing is applied to it. */
  readonly outdated: boolean;
  /** A batch failed, and it is not known yet whether it is in the store all the same. */
  inDoubt = false;
  readonly #open: OpenGeneration;
  #applied: AppliedState;
  #holders = 0;

  constructor(store: string, applied: AppliedState, open: OpenGeneration, outdated = false) {
    this.store = store;
    this.outdated = outdated;
    this.#applied = applied;
    this.#open = open;
  }

  /** How far its data has got. */
  get applied(): AppliedState {
    return this.#applied;
  }

  get sequence(): bigint {
    return this.#applied.sequence;
  }

  /** What the store itself says of how far its data has got; see `OpenGeneration.applied`. */
  readApplied(): Promise<string | undefined> {
    return this.#open.applied();
  }

  /** After a batch is in the store: never before, so that a reader who sees the sequence sees the data. */
  advance(applied: AppliedState): void {
    this.#applied = applied;
  }

  get generation(): number {
    return this.#open.generation;
  }

  hold(): this {
    this.#holders += 1;
    return this;
  }

  async letGo(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders === 0) await this.#open.close();
  }

  view(check: () => void, options: ViewOptions): GenerationView<unknown> {
    return this.#open.view(check, options);
  }

  count(table: string): Promise<number> {
    return this.#open.count(table);
  }

  getMany(table: string, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#open.getMany(table, keys);
  }

  rows(table: string, range?: KeyRange): AsyncIterable<readonly RowBytes[]> {
    return this.#open.rows(table, range);
  }

  freeze(): FrozenRows {
    return this.#open.freeze();
  }
}

/**
 * The generations that are live together, open for reading. Leases count on it; once it is retired and its last lease
 * has ended, it lets its generations go.
 */
export class GenerationSet {
  /** Number of the run that made it. */
  readonly generation: number;
  readonly stores: ReadonlyMap<string, SharedGeneration>;
  #leases = 0;
  #retired = false;
  #drained: ((errors: readonly unknown[]) => void) | undefined;
  /** Resolves when the set is retired, drained and closed, with what could not be closed. */
  readonly drained: Promise<readonly unknown[]>;

  constructor(generation: number, stores: ReadonlyMap<string, SharedGeneration>) {
    this.generation = generation;
    this.stores = stores;
    for (const shared of stores.values()) shared.hold();
    this.drained = new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  get leases(): number {
    return this.#leases;
  }

  /** The lowest applied sequence of its stores. */
  get sequence(): bigint {
    let lowest: bigint | undefined;
    for (const { sequence } of this.stores.values()) {
      if (lowest === undefined || sequence < lowest) lowest = sequence;
    }
    return lowest ?? 0n;
  }

  take(): void {
    this.#leases += 1;
  }

  give(): void {
    this.#leases -= 1;
    this.#closeIfDrained();
  }

  /** Takes no new leases from now on. Idempotent. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#closeIfDrained();
  }

  #closeIfDrained(): void {
    if (!this.#retired || this.#leases > 0 || this.#drained === undefined) return;
    const drained = this.#drained;
    this.#drained = undefined;
    void Promise.allSettled([...this.stores.values()].map((shared) => shared.letGo())).then((closed) => {
      const failed = closed.filter((result) => result.status === 'rejected');
      drained(failed.map(({ reason }): unknown => reason));
    });
  }
}
