import type { ReprocessReason } from '../source/source.ts';
import type { ReconOmTask } from '../task/task.ts';
import { isDurable, type Engine } from './engine.ts';
import { isOutdated } from './outdated.ts';

/** A run that the library has to start by itself. */
export interface NeededRebuild {
  readonly reason: ReprocessReason;
  readonly tasks: readonly ReconOmTask[];
}

/**
 * What a live directory lacks: stores whose data was built by other task versions or options, stores that were added,
 * and volatile stores, whose data died with the last process. A directory that never went live lacks nothing: its host
 * decides when it starts.
 */
export function neededRebuild(engine: Engine): NeededRebuild | undefined {
  if (engine.live.current === undefined) return undefined;
  const blocked = blockedRebuild(engine);
  if (blocked !== undefined) return blocked;
  const tasksOf = (holds: (store: string) => boolean): readonly ReconOmTask[] =>
    engine.tasks.filter((task) => holds(task.store));
  const lacks = (store: string): boolean => engine.live.generationOf(store) === undefined;
  // It was live and could not be opened.
  const corrupt = tasksOf(
    (store) =>
      isDurable(engine, store) && lacks(store) && engine.control.record.live?.stores[store] !== undefined,
  );
  if (corrupt.length > 0) return { reason: 'STORE_CORRUPT', tasks: corrupt };
  const outdated = tasksOf(
    (store) => isDurable(engine, store) && (isOutdated(engine, store) || lacks(store)),
  );
  const volatile = tasksOf((store) => !isDurable(engine, store) && lacks(store));
  if (outdated.length > 0) return { reason: 'TASK_VERSION', tasks: [...outdated, ...volatile] };
  if (volatile.length > 0) return { reason: 'STORE_VOLATILE', tasks: volatile };
  return undefined;
}

/** Live stores that no longer follow their source: one reason at a time, with all stores that it holds for. */
function blockedRebuild(engine: Engine): NeededRebuild | undefined {
  const { live, deltas } = engine;
  if (deltas.wantsWholeRebuild) return { reason: 'SEQUENCE_GAP', tasks: engine.tasks };
  const reasons = new Map<ReprocessReason, Set<string>>();
  for (const [store, shared] of live.current?.stores ?? []) {
    const reason =
      deltas.blockOf(shared)?.reason ?? (deltas.isBehindGap(shared) ? 'SEQUENCE_GAP' : undefined);
    if (reason === undefined) continue;
    reasons.set(reason, (reasons.get(reason) ?? new Set()).add(store));
  }
  for (const [reason, stores] of reasons) {
    const tasks = engine.tasks.filter((task) => stores.has(task.store));
    if (tasks.length > 0) return { reason, tasks };
  }
  return undefined;
}
