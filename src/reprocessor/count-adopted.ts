import { allGenerations, withGeneration } from '../control/record-changes.ts';
import type { Engine } from './engine.ts';

/** Counts the rows of data that was adopted just now, so that the shrink guard knows what there was. */
export async function countAdopted(engine: Engine): Promise<void> {
  for (const { store, generation, record } of allGenerations(engine.control.record)) {
    const live = engine.live.generationOf(store);
    if (
      record.adopted === undefined ||
      live?.generation !== generation ||
      Object.keys(record.rows).length > 0
    ) {
      continue;
    }
    const rows: Record<string, number> = {};
    for (const table of engine.control.record.stores[store]?.tables ?? [])
      rows[table] = await live.count(table);
    live.advance({ ...live.applied, rows });
    await engine.control.update((current) =>
      withGeneration(current, { store, generation }, { ...record, rows }),
    );
  }
}
