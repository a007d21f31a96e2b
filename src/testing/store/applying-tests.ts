import assert from 'node:assert/strict';
import type { OpenGeneration } from '../../store/open-generation.ts';
import { seededRandom } from '../seeded-random.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { hex, storeTest } from './bench.ts';
import type { StoreBench } from './bench.ts';
import { during } from './during.ts';
import { GenerationModel, switchInModel } from './generation-model.ts';
import type { RowChange } from './generation-model.ts';
import { lastingTests } from './lasting-tests.ts';
import type { StoreSuiteOptions } from './subject.ts';

const old = { rows: 40, variant: 0 };
const fresh = { rows: 30, variant: 1 };
const changes = { put: [3, 7, 41], del: [5, 44], variant: 2 };

/** `apply`: what a batch does, where, and what a refused one leaves. */
export function applyingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(
    runner,
    options,
    'a batch reaches the live, a prepared or a retained generation, and no other',
    async (bench) => {
      await bench.switchIn(undefined, 1, old);
      await bench.switchIn(1, 2, fresh);
      await bench.buildReady(3, old);
      const found = await bench.store.inspect();
      const models = [old, fresh, old].map((content) => new GenerationModel(bench, content));
      for (const [target, model] of models.entries()) {
        await bench.store.apply(target + 1, model.changeAll(changes, `applied to ${String(target + 1)}`));
        for (const [index, other] of models.entries()) await other.expectGeneration(index + 1);
      }
      assert.deepEqual(
        await bench.store.inspect(),
        found,
        'a batch changes neither markers nor what is live',
      );
    },
  );

  storeTest(
    runner,
    options,
    'applied is undefined until a batch says it, and then as it said',
    async (bench) => {
      const opened = async (generation: number): Promise<string | undefined> => {
        const one = await bench.openGeneration(generation);
        const applied = await one.applied();
        await one.close();
        return applied;
      };
      await bench.build(1, old);
      assert.equal(await opened(1), undefined, 'staged');
      await bench.store.prepare(1);
      assert.equal(await opened(1), undefined, 'prepared');
      await bench.store.commit(await bench.planSwitch(undefined, 1));
      assert.equal(await opened(1), undefined, 'live');
      for (const applied of [
        '7',
        '{"sequence":"8"}',
        'it\'s "quoted"\n\0 \\ %',
        'żółw 🐢',
        '',
        'x'.repeat(9999),
      ]) {
        await bench.store.apply(1, { writes: [], applied });
        assert.equal(await opened(1), applied);
      }
    },
  );

  storeTest(
    runner,
    options,
    'a batch without rows replaces the applied text, and nothing else',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, old);
      await bench.store.apply(1, model.changeAll(changes, 'one'));
      await bench.store.apply(1, model.change([], 'two'));
      await model.expectGeneration(1);
      model.applied = 'three';
      const writes = bench.subject.tables.map(({ name }) => ({ table: name, rows: [] }));
      await bench.store.apply(1, { writes, applied: 'three' });
      await model.expectGeneration(1);
    },
  );

  storeTest(
    runner,
    options,
    'a put replaces its row, and a delete takes it away if it is there',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, old);
      const steps = [
        { put: [4], variant: 1 },
        { put: [4, 50], variant: 2 },
        { del: [4, 50, 60] },
        { del: [4] },
        { put: [4], del: [6], variant: 5 },
        { put: [6], variant: 0 },
        { del: Array.from({ length: old.rows }, (_, index) => index) },
        { put: [1], variant: 4 },
      ];
      for (const [index, step] of steps.entries()) {
        await bench.store.apply(1, model.changeAll(step, String(index)));
        await model.expectGeneration(1);
      }
    },
  );

  storeTest(
    runner,
    options,
    'a batch that is refused leaves nothing, and the next one is applied',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, old);
      await bench.store.apply(1, model.changeAll({ put: [2] }, 'before'));
      const refused = model.copy().changeAll(changes, 'refused');
      const unknown = { table: 'no-such-table', rows: [{ key: Buffer.from('k'), value: Buffer.from('v') }] };
      for (const writes of [
        [...refused.writes, unknown],
        [unknown, ...refused.writes],
      ]) {
        await assert.rejects(bench.store.apply(1, { ...refused, writes }), 'an unknown table');
        await model.expectGeneration(1);
      }
      await bench.store.apply(1, model.changeAll(changes, 'after'));
      await model.expectGeneration(1);
    },
  );

  storeTest(runner, options, 'what is unknown, staged or discarded takes no batch', async (bench) => {
    const model = await switchInModel(bench, undefined, 1, old);
    await bench.buildReady(2, fresh);
    await bench.store.discard(2);
    await bench.build(3, fresh);
    const found = await bench.store.inspect();
    for (const generation of [2, 3, 77]) {
      const batch = model.copy().changeAll(changes, 'nowhere');
      await assert.rejects(bench.store.apply(generation, batch), `generation ${String(generation)}`);
      assert.deepEqual(await bench.store.inspect(), found, 'nothing is made of it');
      await model.expectGeneration(1);
    }
    await bench.expectContent(3, fresh);
  });

  storeTest(runner, options, 'nobody sees a part of a batch while it is applied', async (bench) => {
    const model = await switchInModel(bench, undefined, 1, old);
    const opened = await bench.openGeneration(1);
    for (let round = 1; round <= 5; round += 1) {
      const batch = model.changeAll(
        { put: [0, 900 + round], del: [round], variant: round },
        `round ${String(round)}`,
      );
      const parts = partsOf(bench, opened, round);
      await during(bench.store.apply(1, batch), async () => {
        await expectNoPart(parts);
        await expectNoPart(parts.toReversed());
      });
      for (const part of parts) assert.ok(await part.isNew(), `${part.what} is there when apply has ended`);
    }
    await model.expectIn(opened);
  });

  for (const seed of [1, 2, 3]) {
    storeTest(
      runner,
      options,
      `random batches in a row agree with a plain model (seed ${String(seed)})`,
      async (bench) => {
        const random = seededRandom(seed);
        const model = await switchInModel(bench, undefined, 1, old);
        const opened = await bench.openGeneration(1);
        for (let count = 1; count <= 60; count += 1) {
          const some = Array.from({ length: random.below(30) }, (): RowChange => ({
            table: random.pick(bench.subject.tables).name,
            index: random.below(80),
            variant: random.below(3) === 0 ? undefined : random.below(9),
          }));
          await bench.store.apply(1, model.change(some, `${String(seed)}/${String(count)}`));
          if (count % 6 === 0) await model.expectIn(opened);
        }
      },
    );
  }

  storeTest(runner, options, 'a batch of thousands of rows is applied whole', async (bench) => {
    const model = await switchInModel(bench, undefined, 1, { rows: 1000, variant: 0 });
    const some = (from: number): number[] => Array.from({ length: 1000 }, (_, index) => from + 2 * index);
    await bench.store.apply(1, model.changeAll({ put: some(1), variant: 6 }, 'many puts'));
    await model.expectGeneration(1);
    await bench.store.apply(1, model.changeAll({ del: some(0) }, 'many deletes'));
    await model.expectGeneration(1);
  });

  lastingTests(runner, options);
}

/** One place where a batch shows. */
interface Part {
  readonly what: string;
  readonly isNew: () => Promise<boolean>;
}

function partsOf<Reader>(bench: StoreBench<Reader>, opened: OpenGeneration<Reader>, round: number): Part[] {
  const parts = bench.subject.tables.flatMap((table): Part[] => {
    const changed = bench.encode(table, table.row(0, round));
    const added = bench.encode(table, table.row(900 + round, round));
    const deleted = bench.encode(table, table.row(round, 0));
    const part = (what: string, key: Uint8Array, value: Uint8Array | undefined): Part => ({
      what: `${what} row of ${table.name}`,
      isNew: async () => hex(await opened.get(table.name, key)) === hex(value),
    });
    return [
      part('the changed', changed.key, changed.value),
      part('the deleted', deleted.key, undefined),
      part('the added', added.key, added.value),
    ];
  });
  const applied = {
    what: 'applied',
    isNew: async () => (await opened.applied()) === `round ${String(round)}`,
  };
  return [...parts, applied];
}

/** What is looked at after something new must be new itself. */
async function expectNoPart(parts: readonly Part[]): Promise<void> {
  let first: string | undefined;
  for (const { what, isNew } of parts) {
    const seen = await isNew();
    if (first !== undefined)
      assert.ok(seen, `${what} is of the old batch although ${first} is of the new one`);
    if (seen) first ??= what;
  }
}
