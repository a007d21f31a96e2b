import { expectSame } from './bench.ts';
import type { StoreBench } from './bench.ts';
import type { StoreSuiteTable } from './subject.ts';
import type { RowBytes } from '../../store/generation-writer.ts';

/** An iteration that stays open while something else happens. */
export class HalfRead<Reader> {
  readonly #bench: StoreBench<Reader>;
  readonly #table: StoreSuiteTable<Reader>;
  readonly #iterator: AsyncIterator<readonly unknown[]>;
  readonly #rows: (readonly unknown[])[] = [];

  constructor(bench: StoreBench<Reader>, table: StoreSuiteTable<Reader>, reader: Reader) {
    this.#bench = bench;
    this.#table = table;
    this.#iterator = table.read(reader)[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<void> {
    for (let taken = 0; taken < count; taken += 1) {
      const next = await this.#iterator.next();
      if (next.done === true) return;
      this.#rows.push(next.value);
    }
  }

  async expectRest(content: { readonly rows: number; readonly variant: number }): Promise<void> {
    await this.expectRows(this.#bench.encoded(this.#table, content));
  }

  async expectRows(wanted: readonly RowBytes[]): Promise<void> {
    await this.take(Infinity);
    expectSame(
      this.#rows.map((row) => this.#bench.encode(this.#table, row)),
      wanted,
      `an iteration of ${this.#table.name} that was open meanwhile`,
    );
  }
}
