import { generationOf, withGeneration } from '../../control/record-changes.ts';
import type { SharedGeneration } from '../../store/generation-set.ts';
import type { Engine } from '../engine.ts';

/**
 * A store whose tasks were all taken away goes on without them: its sequence moves, its rows stay. Recorded before the
 * first such commit, so that a task that comes back finds the data outdated and not up to date.
 */
export async function forgetTasks({ control }: Engine, shared: SharedGeneration): Promise<void> {
  const { store, generation } = shared;
  const known = generationOf(control.record, { store, generation });
  if (known === undefined || Object.keys(known.tasks).length === 0) return;
  await control.update((record) => {
    const current = generationOf(record, { store, generation }) ?? known;
    return withGeneration(record, { store, generation }, { ...current, tasks: {} });
  });
}
