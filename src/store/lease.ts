import { StagedReprocessError } from '../errors.ts';
import type { GenerationSet } from './generation-set.ts';
import type { GenerationView } from './open-generation.ts';
import type { ReaderOf, StoreAdapter } from './store.ts';

/** The stores of a reprocessor by name, as given to `open`. @public */
export type Stores = Readonly<Record<string, StoreAdapter>>;

/**
 * A reader's hold on one consistent set of generations across all stores. The data of a lease never changes its
 * generation; release it as soon as the reading is done, since an old generation lives as long as its last lease.
 *
 * @public
 */
export interface Lease<S extends Stores = Stores> {
  /** The set that was live after the run of this number. */
  readonly generation: number;
  /**
   * The lowest sequence that is applied in all its stores: everything up to and with it is in the data. What is being
   * committed in this very moment may be in it, too. A lower bound, since each store follows the log by itself; from where
   * to send on `position()` says, not this.
   */
  readonly sequence: bigint;
  sequenceOf(store: Extract<keyof S, string>): bigint;
  /** Stores whose data was built by another version, or with other options, of their tasks: it no longer follows the source. */
  readonly outdated: readonly Extract<keyof S, string>[];
  /**
   * The reader of a store: tables of a key-value store, a read-only Kysely of an SQL store.
   *
   * @throws StagedReprocessError `REPROCESS_NOT_READY` for a volatile store that is not rebuilt yet;
   * `REPROCESS_LEASE_RELEASED` or `REPROCESS_LEASE_REVOKED` after the lease has ended.
   */
  store<N extends Extract<keyof S, string>>(name: N): ReaderOf<S[N]>;
  /** Ends the lease and closes what is still open in it. May be called twice. */
  release(): void;
  [Symbol.dispose](): void;
}

/** A lease as the engine holds it. */
export class HeldLease implements Lease {
  readonly generation: number;
  readonly heldSinceMs: number;
  readonly #set: GenerationSet;
  readonly #names: ReadonlySet<string>;
  readonly #frozen: boolean;
  readonly #views = new Map<string, GenerationView<unknown>>();
  /** Of a frozen lease, as they were when it was taken. */
  readonly #sequences = new Map<string, bigint>();
  readonly #onRelease: (lease: HeldLease) => void;
  #ended: 'released' | 'revoked' | undefined;

  constructor(
    set: GenerationSet,
    names: ReadonlySet<string>,
    options: { readonly frozen: boolean; readonly nowMs: number },
    onRelease: (lease: HeldLease) => void,
  ) {
    this.#set = set;
    this.#names = names;
    this.#frozen = options.frozen;
    this.generation = set.generation;
    this.heldSinceMs = options.nowMs;
    this.#onRelease = onRelease;
    set.take();
    if (!options.frozen) return;
    try {
      // All at once, in one turn of the event loop: nothing is applied between the stores.
      for (const [name, { sequence }] of set.stores) {
        this.#view(name);
        this.#sequences.set(name, sequence);
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  get sequence(): bigint {
    if (!this.#frozen) return this.#set.sequence;
    return [...this.#sequences.values()].reduce(
      (lowest, one) => (one < lowest ? one : lowest),
      this.#set.sequence,
    );
  }

  get outdated(): readonly string[] {
    return [...this.#set.stores.values()].filter(({ outdated }) => outdated).map(({ store }) => store);
  }

  get set(): GenerationSet {
    return this.#set;
  }

  sequenceOf(store: string): bigint {
    return this.#sequences.get(store) ?? this.#shared(store).sequence;
  }

  store<N extends string>(name: N): ReaderOf<Stores[N]> {
    this.check();
    return this.#view(name).reader;
  }

  release(): void {
    this.#end('released');
  }

  /** Ends the lease against its holder's will; whatever he does then says so. */
  revoke(): void {
    this.#end('revoked');
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #end(how: 'released' | 'revoked'): void {
    if (this.#ended !== undefined) return;
    this.#ended = how;
    for (const view of this.#views.values()) view.release();
    this.#views.clear();
    this.#onRelease(this);
    this.#set.give();
  }

  get isRevoked(): boolean {
    return this.#ended === 'revoked';
  }

  /** Throws when the lease has ended. */
  readonly check = (): void => {
    if (this.#ended === undefined) return;
    if (this.#ended === 'revoked') {
      throw new StagedReprocessError(
        'REPROCESS_LEASE_REVOKED',
        `The lease of generation ${String(this.generation)} was held too long and has been revoked`,
        { details: { generation: this.generation } },
      );
    }
    throw new StagedReprocessError(
      'REPROCESS_LEASE_RELEASED',
      `The lease of generation ${String(this.generation)} has been released`,
      { details: { generation: this.generation } },
    );
  };

  #view(name: string): GenerationView<unknown> {
    const known = this.#views.get(name);
    if (known !== undefined) return known;
    const view = this.#shared(name).view(this.check, { frozen: this.#frozen });
    this.#views.set(name, view);
    return view;
  }

  #shared(name: string) {
    const shared = this.#set.stores.get(name);
    if (shared !== undefined) return shared;
    if (!this.#names.has(name)) {
      throw new TypeError(
        `Expected \`store\` to be one of ${[...this.#names].join(', ')}, got \`${name}\` (string)`,
      );
    }
    throw new StagedReprocessError(
      'REPROCESS_NOT_READY',
      `Store '${name}' has no live generation yet: it must be rebuilt first`,
      { details: { store: name } },
    );
  }
}
