import { abortError } from '../errors.ts';
import { GenerationSet, type SharedGeneration } from '../store/generation-set.ts';

/** The one pointer that readers follow: which set of generations is live. Moving it is one synchronous step. */
export class LivePointer {
  #current: GenerationSet | undefined;
  readonly #draining = new Set<GenerationSet>();
  #waiting: (() => void)[] = [];

  get current(): GenerationSet | undefined {
    return this.#current;
  }

  /** The live generation of a store, open for reading. */
  generationOf(store: string): SharedGeneration | undefined {
    return this.#current?.stores.get(store);
  }

  /**
   * Step 8: from this line on new leases get `stores`. Returns the set that was live, which the caller retires.
   */
  flip(generation: number, stores: ReadonlyMap<string, SharedGeneration>): GenerationSet | undefined {
    const previous = this.#current;
    this.#current = new GenerationSet(generation, stores);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
    return previous;
  }

  /**
   * Step 9: the set takes no more leases; resolves when its last lease has ended and its handles are closed, with what
   * could not be closed.
   */
  async retire(set: GenerationSet): Promise<readonly unknown[]> {
    this.#draining.add(set);
    set.retire();
    const errors = await set.drained;
    this.#draining.delete(set);
    return errors;
  }

  /** Whether some set that is not drained yet still reads this generation. */
  isRead(store: string, generation: number): boolean {
    const sets = this.#current === undefined ? [...this.#draining] : [this.#current, ...this.#draining];
    return sets.some((set) => set.stores.get(store)?.generation === generation);
  }

  /** Leases on all sets. */
  get leases(): number {
    return [...this.#draining].reduce((sum, set) => sum + set.leases, this.#current?.leases ?? 0);
  }

  /** Resolves at the next flip; rejects when `signal` is aborted. */
  async nextFlip(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        this.#waiting = this.#waiting.filter((wake) => wake !== done);
        reject(abortError(signal));
      };
      const done = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      if (signal.aborted) {
        stop();
        return;
      }
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(done);
    });
  }

  /** Retires the live set too; resolves when it is closed, with what could not be. */
  async close(): Promise<readonly unknown[]> {
    const current = this.#current;
    this.#current = undefined;
    return current === undefined ? [] : this.retire(current);
  }
}
