import { memorySource, type Delta, type MemorySource, type SourceEvent } from 'staged-reprocessor';

export interface Order {
  readonly day: string;
  readonly customer: string;
  readonly cents: number;
}

export const decode = (bytes: Uint8Array): Order => JSON.parse(Buffer.from(bytes).toString()) as Order;
const encode = (order: Order): Buffer => Buffer.from(JSON.stringify(order));

/** A source that is never quiet for long, and can send again all that it ever sent. */
export class Shop {
  readonly source: MemorySource = memorySource({ sequence: 0n, tables: { orders: [] } });
  /** How many snapshots were opened: one a rebuild. */
  rebuilds = 0;
  readonly #random: (bound: number) => number;
  readonly #orders = new Map<string, Buffer>();
  readonly #events: SourceEvent[] = [];

  /** `random` gives an integer from 0 up to and without its argument. */
  constructor(random: (bound: number) => number) {
    this.#random = random;
  }

  /** Places, changes or cancels one order. */
  change(): void {
    const id = `o-${this.#random(20)}`;
    const before = this.#orders.get(id);
    const isCancelled = before !== undefined && this.#random(3) === 0;
    const after = isCancelled ? undefined : encode(this.#order());
    const sequence =
      after === undefined ? this.source.delete('orders', id) : this.source.set('orders', id, after);
    if (after === undefined) this.#orders.delete(id);
    else this.#orders.set(id, after);
    this.#events.push({ sequence, table: 'orders', key: Buffer.from(id), before, after });
  }

  /** All that came after a sequence. */
  deltaAfter(after: bigint): Delta {
    const events = this.#events.filter(({ sequence }) => sequence > after);
    return { after, through: events.at(-1)?.sequence ?? after, events };
  }

  #order(): Order {
    return {
      day: `2026-11-2${this.#random(3)}`,
      customer: ['ada', 'bob', 'eve'][this.#random(3)] ?? '',
      cents: this.#random(10_000),
    };
  }
}
