import { StagedReprocessError, throwIfAborted } from '../errors.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import { storeStep } from '../store/store-step.ts';

/** Counts every table of generations again, where it is known how many rows there must be. */
export async function verifyCounts(
  generations: readonly SharedGeneration[],
  signal: AbortSignal,
): Promise<void> {
  for (const shared of generations) {
    const { store, generation, applied } = shared;
    for (const [table, rows] of Object.entries(applied.rows)) {
      throwIfAborted(signal);
      const found = await storeStep(store, 'verify', () => shared.count(table));
      if (found === rows) continue;
      throw new StagedReprocessError(
        'REPROCESS_VERIFY_FAILED',
        `Generation ${String(generation)} of store '${store}' has ${String(found)} rows in table '${table}', ${String(rows)} must be there`,
        { details: { store, generation, table, found, expected: rows } },
      );
    }
  }
}
