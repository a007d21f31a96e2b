import type { SetRecord } from '../control/control-record.ts';
import { withoutSwitch } from '../control/record-changes.ts';
import { isReprocessError, StagedReprocessError, throwIfAborted } from '../errors.ts';
import { bridgeLoss } from './accept-loss.ts';
import { lowestSequence } from './deltas/catch-up.ts';
import { EVERYTHING } from './deltas/log-claims.ts';
import type { Engine } from './engine.ts';
import { goLive } from './go-live.ts';
import { isCurrent } from './outdated.ts';
import { sweep } from './retire.ts';
import { rollBack, type RolledBack } from './roll-back.ts';
import { verifyCounts } from './verify-counts.ts';

/**
 * Switches back to a retained set by the protocol of every switch; it is caught up first, so that no change is lost. The target stays retained in the record until the
 * outcome: no abort, crash or failed check discards it.
 */
export async function rollBackTo(
  engine: Engine,
  generation: number,
  { signal, acceptLoss }: { readonly signal: AbortSignal; readonly acceptLoss: boolean },
): Promise<void> {
  const to = retainedSet(engine, generation);
  checkVersions(engine, to);
  if (engine.phase.state === 'FAILED') engine.phase.send('RESET');
  engine.phase.send('START_ROLLBACK');
  engine.deltas.runClaim = EVERYTHING;
  try {
    await engine.control.update(withoutSwitch);
    await sweep(engine);
    await goLive(engine, {
      kind: 'rollback',
      to,
      built: new Map(),
      condition: 'immediately',
      signal,
      beforeCatchUp: async (generations) => {
        await verifyCounts(generations, signal);
        await engine.failPoint('4-ready');
        throwIfAborted(signal);
        await bridgeLoss(engine, generations, acceptLoss);
        engine.deltas.runClaim = lowestSequence(generations);
      },
    });
  } catch (error) {
    const rolledBack = await rollBack(engine, { generation, staged: new Map(), error, signal });
    throw withRollbackError(rolledBack);
  } finally {
    engine.deltas.runClaim = undefined;
    engine.deltas.bell.ring();
  }
  engine.phase.send('RETIRED');
}

function withRollbackError({ error, rollbackError }: RolledBack): unknown {
  if (rollbackError === undefined || !isReprocessError(error)) return error;
  return new StagedReprocessError(error.code, error.message, {
    details: { ...error.details, rollbackError },
    cause: error.cause,
  });
}

function retainedSet(engine: Engine, generation: number): SetRecord {
  const { retained, live } = engine.control.record;
  const found = retained.find((set) => set.generation === generation);
  if (found !== undefined) {
    // A store that was added since, or a volatile one after a restart, has no generation of that time: it keeps its own,
    // so that no reader loses it.
    return { generation, stores: { ...live?.stores, ...found.stores } };
  }
  const kept = retained.map((set) => String(set.generation)).join(', ');
  throw new StagedReprocessError(
    'REPROCESS_GENERATION_UNKNOWN',
    live?.generation === generation
      ? `Generation ${String(generation)} is live already`
      : `Generation ${String(generation)} is not retained; retained are: ${kept === '' ? 'none' : kept}`,
    { details: { generation, retained: retained.map((set) => set.generation) } },
  );
}

/** Code of one task version never serves as, or writes into, a generation of another. */
function checkVersions(engine: Engine, to: SetRecord): void {
  for (const [store, generation] of Object.entries(to.stores)) {
    const isLive = engine.control.record.live?.stores[store] === generation;
    if (isLive || isCurrent(engine, store, generation)) continue;
    throw new StagedReprocessError(
      'REPROCESS_TASK_VERSION',
      `Generation ${String(generation)} of store '${store}' was built by another task version, or with other options, than those that run now`,
      { details: { store, generation } },
    );
  }
}
