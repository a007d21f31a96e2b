import assert from 'node:assert/strict';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { OpenGeneration } from '../../store/open-generation.ts';
import type { StoreBatch, TableWrites } from '../../store/store-batch.ts';
import { expectSame, hex } from './bench.ts';
import type { Content, StoreBench } from './bench.ts';
import type { StoreSuiteTable } from './subject.ts';

/** One row of a batch; without a variant it is deleted. */
export interface RowChange {
  readonly table: string;
  readonly index: number;
  readonly variant: number | undefined;
}

/** What one generation must hold, in plain maps: every batch goes through it on its way to the store. */
export class GenerationModel<Reader> {
  applied: string | undefined;
  readonly #bench: StoreBench<Reader>;
  /** Table → index of the row → its variant. */
  readonly #variants: ReadonlyMap<string, Map<number, number>>;
  /** Every index that ever had a row, so that deleted ones are asked for too. */
  readonly #seen = new Set<number>();

  constructor(bench: StoreBench<Reader>, { rows, variant }: Content) {
    this.#bench = bench;
    const indexes = Array.from({ length: rows }, (_, index) => index);
    this.#variants = new Map(
      bench.subject.tables.map(({ name }) => [name, new Map(indexes.map((index) => [index, variant]))]),
    );
    for (const index of indexes) this.#seen.add(index);
  }

  copy(): GenerationModel<Reader> {
    const copy = new GenerationModel(this.#bench, { rows: 0, variant: 0 });
    copy.applied = this.applied;
    for (const [table, variants] of this.#variants) {
      for (const [index, variant] of variants) copy.#variants.get(table)?.set(index, variant);
    }
    for (const index of this.#seen) copy.#seen.add(index);
    return copy;
  }

  /** Makes the changes, of which a later one of the same row wins, and returns the batch that makes them in the store. */
  change(changes: readonly RowChange[], applied: string): StoreBatch {
    const writes = this.#bench.subject.tables.flatMap((table): TableWrites[] => {
      const own = new Map(
        changes.filter((one) => one.table === table.name).map(({ index, variant }) => [index, variant]),
      );
      if (own.size === 0) return [];
      const rows = [...own].map(([index, variant]) => {
        const { key, value } = this.#bench.encode(table, table.row(index, variant ?? 0));
        return { key, value: variant === undefined ? undefined : value };
      });
      rows.sort((left, right) => this.#bench.compareKeys(left.key, right.key));
      for (const [index, variant] of own) this.#set(table.name, index, variant);
      return [{ table: table.name, rows }];
    });
    this.applied = applied;
    return { writes, applied };
  }

  /** The same changes in every table: of `put` each gets `variant`, those of `del` are deleted. */
  changeAll(
    changes: {
      readonly put?: readonly number[];
      readonly del?: readonly number[];
      readonly variant?: number;
    },
    applied: string,
  ): StoreBatch {
    const { put = [], del = [], variant = 3 } = changes;
    return this.change(
      this.#bench.subject.tables.flatMap(({ name: table }) => [
        ...put.map((index) => ({ table, index, variant })),
        ...del.map((index) => ({ table, index, variant: undefined })),
      ]),
      applied,
    );
  }

  /** The rows of a table in key order. */
  rows(table: StoreSuiteTable<Reader>): RowBytes[] {
    return [...(this.#variants.get(table.name) ?? [])]
      .map(([index, variant]) => this.#bench.encode(table, table.row(index, variant)))
      .sort((left, right) => this.#bench.compareKeys(left.key, right.key));
  }

  async expectGeneration(generation: number): Promise<void> {
    const opened = await this.#bench.openGeneration(generation);
    await this.expectIn(opened);
    await opened.close();
  }

  /** Checks that everything which can be read of an open generation agrees. */
  async expectIn(opened: OpenGeneration<Reader>): Promise<void> {
    const what = `of generation ${String(opened.generation)}`;
    assert.equal(await opened.applied(), this.applied, `applied() ${what}`);
    for (const table of this.#bench.subject.tables) {
      const { name } = table;
      const wanted = this.rows(table);
      assert.equal(await opened.count(name), wanted.length, `count(${name}) ${what}`);
      expectSame((await Array.fromAsync(opened.rows(name))).flat(), wanted, `rows(${name}) ${what}`);
      const values = new Map(wanted.map(({ key, value }) => [hex(key), hex(value)]));
      const keys = [...this.#seen].map((index) => this.#bench.encode(table, table.row(index, 0)).key);
      assert.deepEqual(
        (await opened.getMany(name, keys)).map(hex),
        keys.map((key) => values.get(hex(key))),
        `getMany(${name}) ${what}`,
      );
    }
    const view = this.#bench.view(opened);
    await this.expectReader(view.reader);
    view.release();
  }

  async expectReader(reader: Reader): Promise<void> {
    for (const table of this.#bench.subject.tables) {
      const rows: RowBytes[] = [];
      for await (const row of table.read(reader)) rows.push(this.#bench.encode(table, row));
      expectSame(rows, this.rows(table), `a read of ${table.name}`);
    }
  }

  #set(table: string, index: number, variant: number | undefined): void {
    this.#seen.add(index);
    if (variant === undefined) this.#variants.get(table)?.delete(index);
    else this.#variants.get(table)?.set(index, variant);
  }
}

/** A generation that is built, live, and modelled. */
export async function switchInModel<Reader>(
  bench: StoreBench<Reader>,
  from: number | undefined,
  to: number,
  content: Content,
): Promise<GenerationModel<Reader>> {
  await bench.switchIn(from, to, content);
  return new GenerationModel(bench, content);
}
