import type { GenerationView, OpenGeneration, ViewOptions } from './open-generation.ts';

/** An open generation that several sets may share (a partial run leaves the other stores' generations as they are). */
export class SharedGeneration {
  readonly store: string;
  readonly sequence: bigint;
  readonly #open: OpenGeneration;
  #holders = 0;

  constructor(store: string, sequence: bigint, open: OpenGeneration) {
    this.store = store;
    this.sequence = sequence;
    this.#open = open;
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
