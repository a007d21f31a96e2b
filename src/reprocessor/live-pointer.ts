import { Bell } from './bell.ts';
import { GenerationSet, type SharedGeneration } from '../store/generation-set.ts';

/** The one pointer that readers follow: which set of generations is live. Moving it is one synchronous step. */
export class LivePointer {
  #current: GenerationSet | undefined;
  readonly #draining = new Set<GenerationSet>();
  readonly #flipped = new Bell();
  #staged: GenerationSet | undefined;

  get current(): GenerationSet | undefined {
    return this.#current;
  }

  /** The set that a held-back switch would make live: readers may look at it before. */
  get staged(): GenerationSet | undefined {
    return this.#staged;
  }

  /** Shows a set to readers, or hides it again; then the caller retires it. */
  show(staged: GenerationSet | undefined): void {
    this.#staged = staged;
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
    this.#flipped.ring();
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
    const sets = [this.#current, this.#staged, ...this.#draining];
    return sets.some((set) => set?.stores.get(store)?.generation === generation);
  }

  /** Leases on all sets. */
  get leases(): number {
    return [...this.#draining].reduce((sum, set) => sum + set.leases, this.#current?.leases ?? 0);
  }

  /** Resolves at the next flip; rejects when `signal` is aborted. */
  nextFlip(signal: AbortSignal): Promise<void> {
    return this.#flipped.next(signal);
  }

  /** Retires the live set too; resolves when it is closed, with what could not be. */
  async close(): Promise<readonly unknown[]> {
    const current = this.#current;
    this.#current = undefined;
    return current === undefined ? [] : this.retire(current);
  }
}
