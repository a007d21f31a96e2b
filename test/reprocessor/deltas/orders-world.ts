import { memorySource, type MemorySource, type Source, type SourceSnapshot } from '../../../src/index.ts';
import type { Delta, SourceEvent } from '../../../src/source/delta.ts';

export interface Change {
  readonly id: string;
  /** Left out when the order is deleted. */
  readonly value?: string | undefined;
}

/**
 * The source of a host: a table of orders, every change that it ever had, and what data derived from it must be. Its
 * cursors say where they stand.
 */
export class OrdersWorld {
  readonly memory: MemorySource;
  readonly history: string | undefined;
  readonly #events: SourceEvent[] = [];
  readonly #values = new Map<string, string>();

  constructor({ sequence = 0n, history }: { readonly sequence?: bigint; readonly history?: string } = {}) {
    this.history = history;
    this.memory = memorySource({
      sequence,
      tables: { orders: [] },
      ...(history === undefined ? {} : { history }),
    });
  }

  get sequence(): bigint {
    return this.memory.sequence;
  }

  readonly source: Source = { openSnapshot: () => this.snapshot() };

  /** The orders as they are now, with the cursor to send on from. */
  snapshot(): SourceSnapshot {
    return Object.assign(this.memory.openSnapshot(), { cursor: cursorOf(this.sequence) });
  }

  set(id: string, value: string): this {
    return this.transaction({ id, value });
  }

  delete(id: string): this {
    return this.transaction({ id });
  }

  /** All changes get one sequence. */
  transaction(...changes: readonly Change[]): this {
    const sequence = this.sequence + BigInt(changes.length);
    for (const { id, value } of changes) {
      const before = this.#values.get(id);
      this.#events.push({
        sequence,
        table: 'orders',
        key: Buffer.from(id),
        before: before === undefined ? undefined : Buffer.from(before),
        after: value === undefined ? undefined : Buffer.from(value),
      });
      if (value === undefined) {
        this.memory.delete('orders', id);
        this.#values.delete(id);
      } else {
        this.memory.set('orders', id, value);
        this.#values.set(id, value);
      }
    }
    return this;
  }

  /** `count` changes of a few orders, overwrites and deletes among them. */
  churn(count: number): this {
    for (let index = 0; index < count; index++) {
      const at = Number(this.sequence);
      const id = `o${String(at % 7)}`;
      if (at % 5 === 4) this.delete(id);
      else this.set(id, WORDS[at % 3] ?? '');
    }
    return this;
  }

  delta(after: bigint, through = this.sequence): Delta {
    const events = this.#events.filter(({ sequence }) => sequence > after && sequence <= through);
    return { after, through, events, cursor: cursorOf(through) };
  }

  /** What every store must serve: the orders, and how many there are of each word. */
  rows(): readonly string[] {
    const words = new Map<string, number>();
    const rows: string[] = [];
    for (const [id, value] of this.#values) {
      if (isBad(value)) continue;
      rows.push(`${id}=${value}`);
      words.set(value, (words.get(value) ?? 0) + 1);
    }
    return [...rows.sort(), ...[...words].map(([word, count]) => `#${word}=${String(count)}`).sort()];
  }
}

const WORDS = ['red', 'green', 'blue'];

export function cursorOf(sequence: bigint): { readonly at: number } {
  return { at: Number(sequence) };
}

/** Values that no task can decode. */
export function isBad(value: string): boolean {
  return value.startsWith('bad');
}
