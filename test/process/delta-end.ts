import assert from 'node:assert/strict';
import { StagedReprocessor } from '../../src/index.ts';
import type { DeltaHistory } from './delta-history.ts';
import type { DeltaWatch } from './delta-watch.ts';
import { frozenRows, rowsAt } from './delta-rows.ts';
import { cursorAt, deltaOptions, deltaSource, type DeltaWorld } from './delta-world.ts';
import { expectNothingLeft } from './killed-home.ts';

/** A home whose hosts are dead. */
export interface DeltaHome {
  readonly dataDir: string;
  readonly world: DeltaWorld;
  readonly history: DeltaHistory;
  /** What its hosts have told. */
  readonly watch: DeltaWatch;
}

/**
 * The end of a home's story: the host sends the rest of the source's changes, everything equals the model, a rebuild finds
 * nothing else, going back loses nothing, and nothing is left over.
 */
export async function expectGoodEnd({ dataDir, world, history, watch }: DeltaHome): Promise<void> {
  const options = deltaOptions(dataDir, world);
  const stores = Object.keys(options.stores);
  const { problems } = await StagedReprocessor.diagnose(dataDir, options.stores);
  assert.deepEqual(problems, []);
  let through = 0n;
  const source = deltaSource(history, () => through);
  const reprocessor = await StagedReprocessor.open({ ...options, source });
  try {
    const position = reprocessor.position();
    const from = position?.sequence ?? 0n;
    watch.compare({
      position: position?.sequence.toString(),
      cursor: position?.cursor,
      stores: reprocessor.status().ready ? await frozenRows(reprocessor, stores) : {},
    });
    const expectModel = async (): Promise<void> => {
      const told = await frozenRows(reprocessor, stores);
      for (const store of stores) {
        assert.equal(told[store]?.sequence, through.toString());
        assert.deepEqual(told[store].rows, rowsAt(history, store, through), store);
      }
    };
    const send = async (transactions: bigint): Promise<void> => {
      const after = through;
      through += transactions;
      const events = history.events(after, through);
      await reprocessor.consume({ after, through, events, cursor: cursorAt(through) });
      await reprocessor.whenApplied(through);
    };
    through = from;
    if (!reprocessor.status().ready) await reprocessor.reprocess();
    await send(30n);
    await expectModel();
    const { differences } = await reprocessor.reprocess({ shadow: true });
    assert.ok(differences !== undefined && differences.length > 0);
    for (const { store, table, first, added, removed, changed } of differences) {
      assert.deepEqual(
        { store, table, first, added, removed, changed },
        { store, table, first: [], added: 0, removed: 0, changed: 0 },
      );
    }
    await reprocessor.reprocess();
    await expectModel();
    await send(30n);
    await reprocessor.rollbackTo(reprocessor.status().retained[0] ?? -1);
    await expectModel();
    assert.equal(reprocessor.position()?.sequence, through);
    assert.equal(reprocessor.status().leases, 0);
  } finally {
    await reprocessor.close();
  }
  expectNothingLeft(dataDir, reprocessor.status());
}
