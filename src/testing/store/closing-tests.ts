import assert from 'node:assert/strict';
import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import type { StoreSuiteOptions } from './subject.ts';

const old = { rows: 30, variant: 0 };
const fresh = { rows: 20, variant: 1 };

/** `close`, and that `inspect` only looks. */
export function closingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'close may be called twice, and nothing works after it', async (bench) => {
    const change = await bench.switchIn(undefined, 1, old);
    const { store } = bench;
    await store.close();
    await store.close();
    await assert.rejects(store.stage(2), 'stage');
    await assert.rejects(store.prepare(1), 'prepare');
    await assert.rejects(store.commit(change), 'commit');
    await assert.rejects(store.undo(change), 'undo');
    await assert.rejects(store.apply(1, { writes: [], applied: 'late' }), 'apply');
    await assert.rejects(store.openGeneration(1), 'openGeneration');
    await assert.rejects(store.discard(1), 'discard');
  });

  storeTest(runner, options, 'close ends a writer that is still open', async (bench) => {
    const { store } = bench;
    const writer = await store.stage(1);
    for (const table of bench.subject.tables) await bench.put(writer, table, bench.encoded(table, old));
    await store.close();
    await assert.rejects(writer.finish());
  });

  storeTest(runner, options, 'inspect changes nothing, whatever state the store is in', async (bench) => {
    const same = async (state: string): Promise<void> => {
      const before = await bench.subject.fingerprint?.();
      const first = await bench.store.inspect();
      const second = await bench.store.inspect();
      assert.deepEqual(second, first, `inspect() says the same again: ${state}`);
      assert.equal(await bench.subject.fingerprint?.(), before, `inspect() changes no byte: ${state}`);
    };
    await same('fresh');
    await bench.build(1, old);
    await same('staged');
    await bench.store.prepare(1);
    await same('ready');
    const first = await bench.planSwitch(undefined, 1);
    await bench.store.commit(first);
    await same('live');
    const change = await bench.switchIn(1, 2, fresh);
    await same('switched');
    await bench.store.undo(change);
    await same('undone');
    await bench.store.discard(2);
    await same('discarded');
    await bench.expectFound({ 1: ['ready', first.revision] }, 1);
  });
}
