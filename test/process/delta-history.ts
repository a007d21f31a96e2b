import type { SourceEvent } from '../../src/source/delta.ts';
import { seededRandom } from '../../src/testing/index.ts';

/** One row of the table `orders`. `changes` counts how often it was written since it came to be. */
export interface Order {
  readonly category: string;
  readonly cents: number;
  readonly changes: number;
}

export const CATEGORIES = ['amber', 'blue', 'cyan', 'dun', 'ecru', 'fawn'] as const;
/** So many source transactions stand in the table `journal`. */
export const JOURNAL_LENGTH = 100;

const ORDERS = 40;

/** The source's tables at one sequence. */
export interface SourceState {
  readonly orders: ReadonlyMap<string, Order>;
  readonly journal: ReadonlySet<bigint>;
}

/**
 * A source whose every transaction follows from a seed and its number: the host that dies and the test that judges it agree on
 * every row of every moment without a word.
 */
export class DeltaHistory {
  readonly seed: number;
  readonly #transactions: (readonly SourceEvent[])[] = [];
  readonly #orders = new Map<string, Order>();
  readonly #journal = new Set<bigint>();
  #played = { through: 0n, orders: new Map<string, Order>(), journal: new Set<bigint>() };

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The events after `after`, up to and with `through`. */
  events(after: bigint, through: bigint): readonly SourceEvent[] {
    this.#writeUpTo(through);
    return this.#transactions.slice(Number(after), Number(through)).flat();
  }

  stateAt(sequence: bigint): SourceState {
    // Sequences are asked for in about ascending order.
    if (sequence < this.#played.through)
      this.#played = { through: 0n, orders: new Map(), journal: new Set() };
    const { orders, journal } = this.#played;
    for (const { table, key, after } of this.events(this.#played.through, sequence)) {
      const name = textOf(key);
      if (table === 'journal') {
        if (after === undefined) journal.delete(BigInt(name));
        else journal.add(BigInt(name));
      } else if (after === undefined) orders.delete(name);
      else orders.set(name, orderOf(after));
    }
    this.#played.through = sequence;
    return { orders: new Map(orders), journal: new Set(journal) };
  }

  #writeUpTo(sequence: bigint): void {
    while (this.#transactions.length < Number(sequence)) {
      this.#transactions.push(this.#transaction(BigInt(this.#transactions.length + 1)));
    }
  }

  #transaction(sequence: bigint): readonly SourceEvent[] {
    const random = seededRandom(this.seed + Number(sequence) * 7919);
    // A transaction of other tables: the sequence goes on, and nothing has changed.
    if (random.below(16) === 0) return [];
    const events: SourceEvent[] = [];
    for (let changes = random.below(4); changes > 0; changes--) {
      const key = `order-${String(random.below(ORDERS)).padStart(2, '0')}`;
      const before = this.#orders.get(key);
      const isDeleted = before !== undefined && random.below(4) === 0;
      const after = isDeleted
        ? undefined
        : {
            category: random.pick(CATEGORIES),
            cents: random.below(1000),
            changes: (before?.changes ?? 0) + 1,
          };
      if (after === undefined) this.#orders.delete(key);
      else this.#orders.set(key, after);
      events.push(eventOf(sequence, 'orders', key, before, after));
    }
    this.#journal.add(sequence);
    events.push(eventOf(sequence, 'journal', journalKey(sequence), undefined, sequence.toString()));
    const old = [...this.#journal].slice(0, -JOURNAL_LENGTH);
    for (const one of old) {
      this.#journal.delete(one);
      events.push(eventOf(sequence, 'journal', journalKey(one), one.toString(), undefined));
    }
    return events;
  }
}

export function journalKey(sequence: bigint): string {
  return sequence.toString().padStart(10, '0');
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

export function orderOf(bytes: Uint8Array): Order {
  return JSON.parse(textOf(bytes)) as Order;
}

function eventOf(
  sequence: bigint,
  table: string,
  key: string,
  before: Order | string | undefined,
  after: Order | string | undefined,
): SourceEvent {
  return { sequence, table, key: Buffer.from(key), before: bytesOf(before), after: bytesOf(after) };
}

function bytesOf(value: Order | string | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
