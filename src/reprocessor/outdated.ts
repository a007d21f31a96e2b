import { isDeepStrictEqual } from 'node:util';
import { tasksOf, type Engine } from './engine.ts';
import { taskIdentities } from './stage.ts';

/** Whether a generation was built by exactly the tasks, versions and data-changing options that run now. */
export function isCurrent(engine: Engine, store: string, generation: number): boolean {
  const built = engine.control.record.stores[store]?.generations[String(generation)]?.tasks;
  return isDeepStrictEqual(built, taskIdentities(engine, store));
}

/** Whether the live generation of a store is not what the running tasks would build. */
export function isOutdated(engine: Engine, store: string): boolean {
  const live = engine.control.record.live?.stores[store];
  return live !== undefined && tasksOf(engine, store).length > 0 && !isCurrent(engine, store, live);
}
