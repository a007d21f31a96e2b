import assert from 'node:assert/strict';
import type { GenerationWriter, RowBytes } from '../../store/generation-writer.ts';
import type { GenerationView, OpenGeneration } from '../../store/open-generation.ts';
import type { FoundGeneration, StagedStore, StoreContext, StoreSwitch } from '../../store/store.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import type { StoreSuiteOptions, StoreSuiteSubject, StoreSuiteTable } from './subject.ts';

/** What stands in each table of a generation: rows 0 up to and without `rows`. */
export interface Content {
  readonly rows: number;
  readonly variant: number;
}

const never = (): void => undefined;
const byBytes = (left: Uint8Array, right: Uint8Array): number => Buffer.compare(left, right);

/** One store under test, what the suite opened of it, and the steps that tests are made of. */
export class StoreBench<Reader> {
  readonly subject: StoreSuiteSubject<Reader>;
  readonly backgroundErrors: unknown[] = [];
  #store: StagedStore<Reader> | undefined;
  #opened: OpenGeneration<Reader>[] = [];
  #revision = 10;

  constructor(subject: StoreSuiteSubject<Reader>) {
    this.subject = subject;
  }

  get store(): StagedStore<Reader> {
    assert.ok(this.#store, 'the store is open');
    return this.#store;
  }

  /** Opens the store, closing it first when it is open. */
  async reopen(overrides: Partial<StoreContext> = {}): Promise<void> {
    await this.close();
    const { adapter, context } = this.subject;
    const onBackgroundError = (error: unknown): void => {
      this.backgroundErrors.push(error);
    };
    this.#store = await adapter.open({ ...context, onBackgroundError, ...overrides });
  }

  async close(): Promise<void> {
    const store = this.#store;
    const opened = this.#opened;
    this.#store = undefined;
    this.#opened = [];
    for (const generation of opened) await generation.close();
    await store?.close();
  }

  async openGeneration(generation: number): Promise<OpenGeneration<Reader>> {
    const opened = await this.store.openGeneration(generation);
    this.#opened.push(opened);
    assert.equal(opened.generation, generation, 'the opened generation says its number');
    return opened;
  }

  /** Every row of a table as bytes, in key order. */
  encoded(table: StoreSuiteTable<Reader>, content: Content): RowBytes[] {
    return Array.from({ length: content.rows }, (_, index) =>
      this.encode(table, table.row(index, content.variant)),
    ).sort((left, right) => this.compareKeys(left.key, right.key));
  }

  /** In the order of the store's keys. */
  compareKeys(left: Uint8Array, right: Uint8Array): number {
    return (this.subject.compareKeys ?? byBytes)(left, right);
  }

  encode(table: StoreSuiteTable<Reader>, row: readonly unknown[]): RowBytes {
    const { key, value } = this.subject.adapter.encodeRow(table.name, row);
    return { key: Buffer.from(key), value: Buffer.from(value) };
  }

  /** Puts rows through buffers that are used again, as the engine does. */
  async put(
    writer: GenerationWriter,
    table: StoreSuiteTable<Reader>,
    rows: readonly RowBytes[],
  ): Promise<void> {
    const bulk = writer.table(table.name);
    const keyBuffer = Buffer.alloc(1 << 12, 0xaa);
    const valueBuffer = Buffer.alloc(1 << 16, 0xaa);
    for (const { key, value } of rows) {
      keyBuffer.set(key);
      valueBuffer.set(value);
      bulk.put(keyBuffer, key.length, valueBuffer, value.length);
      keyBuffer.fill(0xaa, 0, key.length);
      valueBuffer.fill(0xaa, 0, value.length);
      if (bulk.full) await bulk.drain();
    }
    await bulk.drain();
  }

  /** A staged generation, whole. */
  async build(generation: number, content: Content): Promise<void> {
    const writer = await this.store.stage(generation);
    for (const table of this.subject.tables) await this.put(writer, table, this.encoded(table, content));
    await writer.finish();
  }

  async buildReady(generation: number, content: Content): Promise<void> {
    await this.build(generation, content);
    await this.store.prepare(generation);
  }

  /** The switch that the engine would ask for now. */
  async planSwitch(from: number | undefined, to: number): Promise<StoreSwitch> {
    const { generations } = await this.store.inspect();
    const revisionOf = (wanted: number | undefined): number =>
      generations.find(({ generation }) => generation === wanted)?.marker?.revision ?? 0;
    this.#revision += 1;
    return { from, fromRevision: revisionOf(from), to, toRevision: revisionOf(to), revision: this.#revision };
  }

  /** Builds a generation and makes it live. */
  async switchIn(from: number | undefined, to: number, content: Content): Promise<StoreSwitch> {
    await this.buildReady(to, content);
    const change = await this.planSwitch(from, to);
    await this.store.commit(change);
    return change;
  }

  /** Checks everything that `inspect` says: generation → state and revision, and which one is live. */
  async expectFound(
    wanted: Readonly<Record<number, readonly [state: FoundGeneration['state'], revision: number]>>,
    live: number | undefined,
  ): Promise<void> {
    const { homeId, storeName } = this.subject.context;
    const found = await this.store.inspect();
    assert.deepEqual(
      found.generations.toSorted((left, right) => left.generation - right.generation),
      Object.entries(wanted).map(([number, [state, revision]]) => {
        const generation = Number(number);
        return { generation, state, marker: { format: 1, homeId, store: storeName, generation, revision } };
      }),
      'inspect() tells the generations and their markers',
    );
    assert.deepEqual(found.foreign, [], 'inspect() finds nothing foreign');
    if (found.live !== undefined) assert.equal(found.live, live, 'inspect() tells the live generation');
  }

  /** Opens a generation, checks all its rows in every way, and closes it. */
  async expectContent(generation: number, content: Content): Promise<void> {
    const opened = await this.openGeneration(generation);
    await this.expectRows(opened, content);
    await opened.close();
  }

  /** Checks that `count`, `get`, `rows` and a reader agree with what was written. */
  async expectRows(opened: OpenGeneration<Reader>, content: Content): Promise<void> {
    for (const table of this.subject.tables) {
      const wanted = this.encoded(table, content);
      assert.equal(await opened.count(table.name), wanted.length, `count(${table.name})`);
      const rows: RowBytes[] = [];
      for await (const batch of opened.rows(table.name)) rows.push(...batch);
      expectSame(rows, wanted, `rows(${table.name})`);
      const sampled = wanted.filter((_, index) => index % Math.ceil(wanted.length / 50) === 0);
      for (const { key, value } of sampled) {
        assert.equal(
          hex(await opened.get(table.name, key)),
          hex(value),
          `get(${table.name}) gives the value`,
        );
      }
      const missing = this.encode(table, table.row(content.rows, content.variant));
      assert.equal(
        await opened.get(table.name, missing.key),
        undefined,
        `get(${table.name}) of a missing key`,
      );
    }
    const view = this.view(opened);
    await this.expectReader(view.reader, content);
    view.release();
  }

  async expectReader(reader: Reader, content: Content): Promise<void> {
    for (const table of this.subject.tables) {
      const rows: RowBytes[] = [];
      for await (const row of table.read(reader)) rows.push(this.encode(table, row));
      expectSame(rows, this.encoded(table, content), `a read of ${table.name}`);
    }
  }

  view(opened: OpenGeneration<Reader>, frozen = false, check: () => void = never): GenerationView<Reader> {
    return opened.view(check, { frozen });
  }
}

export function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}

/** Tells the first row that differs: a diff of thousands helps nobody. */
export function expectSame(given: readonly RowBytes[], wanted: readonly RowBytes[], what: string): void {
  for (const [index, row] of wanted.entries()) {
    assert.equal(shown(given[index]), shown(row), `row ${index} of ${wanted.length} in key order: ${what}`);
  }
  assert.equal(given.length, wanted.length, `number of rows: ${what}`);
}

function shown(row: RowBytes | undefined): string {
  return row === undefined ? 'no row' : `${String(hex(row.key))}=${String(hex(row.value))}`;
}

/** Registers one test of a fresh store. The first error is the one that is told. */
export function storeTest<Reader>(
  runner: SuiteRunner,
  options: StoreSuiteOptions<Reader>,
  name: string,
  body: (bench: StoreBench<Reader>) => Promise<void>,
): void {
  runner.it(name, async () => {
    const bench = new StoreBench(await options.create());
    const errors: unknown[] = [];
    const steps = [
      () => bench.reopen(),
      () => body(bench),
      () => bench.close(),
      () => bench.subject.cleanup(),
    ];
    for (const [index, step] of steps.entries()) {
      // What is open is closed on every path; the test itself is over with its first error.
      if (errors.length > 0 && index < 2) continue;
      await step().catch((error: unknown) => errors.push(error));
    }
    errors.push(...bench.backgroundErrors);
    if (errors.length > 0) throw errors[0];
  });
}
