import type { SeededRandom } from '../../../src/testing/index.ts';

/** What one flush does to one row; without a value it is deleted. */
export interface RowChange {
  readonly table: string;
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** One table of the model: its rows as objects, each change of which is also a change of the encoded row. */
export class OmTable<T> {
  readonly name: string;
  readonly #rows = new Map<string, T>();
  readonly #encode: (row: T) => Uint8Array;
  readonly #onChange: (change: RowChange) => void;

  constructor(name: string, encode: (row: T) => Uint8Array, onChange: (change: RowChange) => void) {
    this.name = name;
    this.#encode = encode;
    this.#onChange = onChange;
  }

  /** Keys have one character a byte. */
  set(key: string, row: T): void {
    this.#rows.set(key, row);
    const value = Buffer.from(this.#encode(row));
    this.#onChange({ table: this.name, key: Buffer.from(key, 'latin1'), value });
  }

  delete(key: string): void {
    this.#rows.delete(key);
    this.#onChange({ table: this.name, key: Buffer.from(key, 'latin1'), value: undefined });
  }

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  values(): T[] {
    return [...this.#rows.values()];
  }

  /** The rows that `wanted` takes, as they are now: they may be changed while one goes through them. */
  entries(wanted: (row: T, key: string) => boolean = () => true): [key: string, row: T][] {
    return [...this.#rows].filter(([key, row]) => wanted(row, key));
  }

  /** One of the rows that `wanted` takes. */
  pick(
    random: SeededRandom,
    wanted: (row: T, key: string) => boolean = () => true,
  ): [key: string, row: T] | undefined {
    const found = this.entries(wanted);
    return found.length === 0 ? undefined : random.pick(found);
  }
}
