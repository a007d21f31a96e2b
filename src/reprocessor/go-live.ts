import type { SetRecord } from '../control/control-record.ts';
import type { AppliedState } from '../store/applied-state.ts';
import { followsDeltas } from './accept-loss.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import { GenerationSet } from '../store/generation-set.ts';
import { followUntil, lagOf, type SwitchCondition } from './deltas/catch-up.ts';
import { freeze } from './deltas/freeze.ts';
import { settleHistories } from './deltas/histories.ts';
import type { Engine } from './engine.ts';
import { openShared } from './open-shared.ts';
import { retire, tellUnclosed } from './retire.ts';
import { switchOver } from './switch-over.ts';
import { verifyCounts } from './verify-counts.ts';

export interface GoLiveRequest {
  readonly kind: 'switch' | 'rollback';
  readonly to: SetRecord;
  /** The state of generations that were just built, to which no delta was applied yet. */
  readonly built: ReadonlyMap<string, AppliedState>;
  readonly condition: SwitchCondition;
  readonly signal: AbortSignal;
  /** Before the generations are caught up. */
  readonly beforeCatchUp?: (generations: readonly SharedGeneration[]) => Promise<void>;
  /** Instead of the switch: looks at the generations once they have caught up. */
  readonly insteadOfSwitch?: (generations: readonly SharedGeneration[]) => Promise<void>;
}

/**
 * From prepared generations to live ones: opens them, catches them up, waits for the condition, freezes the live stores and
 * switches over. The same for a run and for `rollbackTo`.
 */
export async function goLive(engine: Engine, request: GoLiveRequest): Promise<void> {
  const opened = new Map<string, SharedGeneration>();
  try {
    await openChanged(engine, request, opened);
    const generations = [...opened.values()];
    await request.beforeCatchUp?.(generations);
    await catchUpAndVerify(engine, request, generations);
    if (request.insteadOfSwitch === undefined) await waitAndSwitch(engine, request, opened);
    else await request.insteadOfSwitch(generations);
  } finally {
    for (const shared of opened.values()) {
      // Those that are live now are held by their set.
      await shared.letGo().catch((error: unknown) => {
        tellUnclosed(engine, [error]);
      });
    }
  }
}

async function openChanged(
  engine: Engine,
  { to, built }: GoLiveRequest,
  opened: Map<string, SharedGeneration>,
): Promise<void> {
  const from = engine.control.record.live?.stores ?? {};
  for (const [store, generation] of Object.entries(to.stores)) {
    const isLive = from[store] === generation && engine.live.generationOf(store) !== undefined;
    if (isLive) continue;
    const shared = (await openShared(engine, store, generation)).hold();
    opened.set(store, shared);
    const state = built.get(store);
    if (state !== undefined) shared.advance(state);
  }
}

async function catchUpAndVerify(
  engine: Engine,
  { to, built, signal }: GoLiveRequest,
  generations: readonly SharedGeneration[],
): Promise<void> {
  const { generation } = to;
  const { announcer } = engine;
  announcer.emit('catch-up:begin', { generation, lag: lagOf(engine, generations) });
  try {
    await followUntil(engine, generations, 'immediately', signal);
    const changed = generations.filter(({ store, sequence }) => sequence !== built.get(store)?.sequence);
    await verifyCounts(changed, signal);
  } finally {
    announcer.emit('catch-up:end', { generation, lag: lagOf(engine, generations) });
  }
  await engine.failPoint('4-caught-up');
}

async function waitAndSwitch(
  engine: Engine,
  { kind, to, condition, signal }: GoLiveRequest,
  opened: ReadonlyMap<string, SharedGeneration>,
): Promise<void> {
  const generations = [...opened.values()];
  const hide = condition === 'immediately' ? undefined : show(engine, to, opened);
  try {
    if (condition !== 'immediately') {
      await followUntil(engine, generations, condition, signal);
      await verifyCounts(generations, signal);
    }
    await freeze(engine, generations, { signal, mayGoBack: kind === 'rollback' && !followsDeltas(engine) });
    const unfreeze = once(() => {
      engine.deltas.appliers.resume();
    });
    try {
      // The tasks' init() comes behind the flip: nothing stands still for it.
      const onFlipped = (): void => {
        void settleHistories(engine)
          .catch((error: unknown) => {
            // The switch stands. The log of the history before is dropped when the directory is reopened.
            engine.announcer.alert(
              'LOG_DROP_FAILED',
              'The log of another history could not be dropped',
              error,
            );
          })
          .finally(unfreeze);
      };
      await switchOver(engine, { kind, to, opened, signal, onFlipped });
    } catch (error) {
      unfreeze();
      throw error;
    }
  } finally {
    engine.gate.close();
    hide?.();
  }
}

/** Lets readers look at what a held-back switch would make live. Returns how to end it. */
function show(engine: Engine, to: SetRecord, opened: ReadonlyMap<string, SharedGeneration>): () => void {
  const stores = new Map<string, SharedGeneration>();
  for (const store of Object.keys(to.stores)) {
    const shared = opened.get(store) ?? engine.live.generationOf(store);
    if (shared !== undefined) stores.set(store, shared);
  }
  const set = new GenerationSet(to.generation, stores);
  engine.live.show(set);
  return () => {
    engine.live.show(undefined);
    retire(engine, set);
  };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
