import fc from 'fast-check';
import { holdToLaw, sixTasks } from './law.ts';
import type { Plan } from './om-history.ts';
import { checkTruth } from './truth.ts';

export interface Histories {
  readonly numRuns: number;
  readonly seed?: number;
  /** With the seed: leads to one history, as a failure tells it. */
  readonly path?: string;
}

/**
 * Puts the six tasks through one history after another. The first that fails is made shorter for as long as it fails; the error
 * tells it, and `seed` and `path` that give it back: `SR_LAW_SEED` and `SR_LAW_PATH` in the environment.
 */
export async function holdHistories(
  plans: fc.Arbitrary<Plan>,
  histories: Histories,
  makeTasks = sixTasks,
): Promise<void> {
  const { SR_LAW_SEED: seed, SR_LAW_PATH: path } = process.env;
  const given = {
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { history, derived } = await holdToLaw(plan, makeTasks);
      if (plan.spoilt === 0 && !history.isRaw) checkTruth(plan, history.om, derived);
    }),
    { ...given, ...histories },
  );
}
