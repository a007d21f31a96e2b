import type { SeededRandom } from '../../src/testing/seeded-random.ts';

/**
 * Calls every piece of work once a round, group by group. What is compared stands in one group and is measured in a row, in
 * an order drawn anew each time: what disturbs the machine for a while then disturbs all of it alike. Resolves with the
 * results of each, one a round.
 */
export async function interleave<T, R>(
  groups: readonly (readonly T[])[],
  { rounds, random }: { readonly rounds: number; readonly random: SeededRandom },
  measure: (work: T, round: number) => Promise<R>,
): Promise<Map<T, R[]>> {
  const results = new Map<T, R[]>(groups.flat().map((work) => [work, []]));
  for (let round = 0; round < rounds; round++) {
    for (const group of random.shuffled(groups)) {
      for (const work of random.shuffled(group)) results.get(work)?.push(await measure(work, round));
    }
  }
  return results;
}
