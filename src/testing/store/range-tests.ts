import assert from 'node:assert/strict';
import { isUint8Array } from 'node:util/types';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { KeyRange, OpenGeneration } from '../../store/open-generation.ts';
import { seededRandom } from '../seeded-random.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { expectSame, hex, storeTest } from './bench.ts';
import type { StoreBench } from './bench.ts';
import { switchInModel } from './generation-model.ts';
import type { StoreSuiteOptions, StoreSuiteTable } from './subject.ts';

const content = { rows: 700, variant: 0 };

/** What `getMany` and `rows(range)` find. */
export function rangeTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(
    runner,
    options,
    'getMany gives values in the order of its keys, missing and repeated ones too',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, { rows: 20, variant: 0 });
      await bench.store.apply(1, model.changeAll({ put: [4, 900], del: [5], variant: 3 }, 'some'));
      const opened = await bench.openGeneration(1);
      for (const table of bench.subject.tables) {
        const wanted: readonly (readonly [index: number, variant: number | undefined])[] = [
          [9, 0],
          [5, undefined],
          [4, 3],
          [1, 0],
          [9, 0],
          [901, undefined],
          [900, 3],
          [901, undefined],
          [4, 3],
        ];
        const values = await opened.getMany(
          table.name,
          wanted.map(([index]) => bench.encode(table, table.row(index, 0)).key),
        );
        assert.deepEqual(
          values.map(hex),
          wanted.map(([index, variant]) =>
            variant === undefined ? undefined : hex(bench.encode(table, table.row(index, variant)).value),
          ),
        );
        assert.deepEqual(await opened.getMany(table.name, []), []);
        // More keys than a statement of SQLite takes parameters.
        const { key, value } = bench.encode(table, table.row(4, 3));
        const many = await opened.getMany(table.name, Array<Uint8Array>(40_000).fill(key));
        assert.equal(many.length, 40_000);
        assert.ok(many.every((one) => one !== undefined && Buffer.compare(one, value) === 0));
      }
    },
  );

  storeTest(runner, options, 'each bound of a range holds, alone and with others', async (bench) => {
    await switchInModel(bench, undefined, 1, content);
    const opened = await bench.openGeneration(1);
    for (const table of bench.subject.tables) {
      const rows = bench.encoded(table, content);
      const low = keyAt(rows, 100);
      const high = keyAt(rows, 650);
      const prefixes = [keyAt(rows, 120), ...partsOf(bench, table, 12), ...partsOf(bench, table, 345)];
      const bounds: KeyRange[] = [
        {},
        { gt: low },
        { gte: low },
        { lt: high },
        { lte: high },
        { gt: low, lt: high },
        { gte: low, lte: high },
        { gt: low, lte: low },
        { gte: low, lte: low },
        { gte: high, lt: low },
        ...prefixes.flatMap((prefix): KeyRange[] => [
          { prefix },
          // Bytes of their own: an adapter must not tell its bounds apart by their identity.
          { prefix, gt: Buffer.from(prefix) },
          { prefix, gte: Buffer.from(prefix) },
          { prefix, lte: Buffer.from(prefix) },
          { prefix, gte: low },
          { prefix, lt: high },
          { gt: prefix },
          { gte: prefix },
          { lt: prefix },
          { lte: prefix },
        ]),
      ];
      for (const range of bounds) {
        for (const reverse of [false, true]) {
          await expectRange(bench, opened, table, rows, { ...range, reverse });
          for (const limit of [0, 1, 300, 5000, Infinity]) {
            await expectRange(bench, opened, table, rows, { ...range, reverse, limit });
          }
        }
      }
    }
  });

  for (const seed of [4, 5]) {
    storeTest(
      runner,
      options,
      `random ranges agree with a plain model after batches (seed ${String(seed)})`,
      async (bench) => {
        const random = seededRandom(seed);
        const model = await switchInModel(bench, undefined, 1, { rows: 150, variant: 0 });
        const opened = await bench.openGeneration(1);
        const some = (): number[] => Array.from({ length: 20 }, () => random.below(200));
        for (let count = 0; count < 8; count += 1) {
          await bench.store.apply(
            1,
            model.changeAll({ put: some(), del: some(), variant: count }, String(count)),
          );
          for (const table of bench.subject.tables) {
            const rows = model.rows(table);
            const bound = (): Uint8Array => {
              const index = random.below(210);
              return random.pick([
                bench.encode(table, table.row(index, 0)).key,
                ...partsOf(bench, table, index),
              ]);
            };
            for (let times = 0; times < 12; times += 1) {
              const range: KeyRange = {
                ...random.pick([{}, { gt: bound() }, { gte: bound() }]),
                ...random.pick([{}, { lt: bound() }, { lte: bound() }]),
                ...random.pick([{}, {}, { prefix: bound() }]),
                ...random.pick([{}, { reverse: true }, { reverse: false }]),
                ...random.pick([{}, { limit: random.below(60) }]),
              };
              await expectRange(bench, opened, table, rows, range);
            }
          }
        }
      },
    );
  }
}

async function expectRange<Reader>(
  bench: StoreBench<Reader>,
  opened: OpenGeneration<Reader>,
  table: StoreSuiteTable<Reader>,
  rows: readonly RowBytes[],
  range: KeyRange,
): Promise<void> {
  const found = (await Array.fromAsync(opened.rows(table.name, range))).flat();
  expectSame(found, within(bench, rows, range), `rows(${table.name}, ${shown(range)})`);
}

/** The rows of a range by the words of the contract. */
function within<Reader>(
  bench: StoreBench<Reader>,
  rows: readonly RowBytes[],
  range: KeyRange,
): readonly RowBytes[] {
  const { gt, gte, lt, lte, prefix, reverse = false, limit = Infinity } = range;
  const found = rows.filter(
    ({ key }) =>
      (gt === undefined || bench.compareKeys(key, gt) > 0) &&
      (gte === undefined || bench.compareKeys(key, gte) >= 0) &&
      (lt === undefined || bench.compareKeys(key, lt) < 0) &&
      (lte === undefined || bench.compareKeys(key, lte) <= 0) &&
      (prefix === undefined || hex(key)?.startsWith(String(hex(prefix)))),
  );
  return (reverse ? found.toReversed() : found).slice(0, limit);
}

function partsOf<Reader>(
  bench: StoreBench<Reader>,
  table: StoreSuiteTable<Reader>,
  index: number,
): Uint8Array[] {
  const { adapter } = bench.subject;
  return (table.partialKeys?.(index) ?? []).map((part) =>
    Buffer.from(adapter.encodeKey(table.name, part, true)),
  );
}

function keyAt(rows: readonly RowBytes[], index: number): Uint8Array {
  const row = rows[index];
  assert.ok(row);
  return row.key;
}

function shown(range: KeyRange): string {
  const parts = Object.entries(range).map(
    ([name, value]: [string, unknown]) =>
      `${name}: ${isUint8Array(value) ? String(hex(value)) : String(value)}`,
  );
  return `{ ${parts.join(', ')} }`;
}
