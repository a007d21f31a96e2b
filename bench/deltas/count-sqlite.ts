import { sqliteStore } from '../../src/adapters/kysely/index.ts';
import { defineTask, type Lease } from '../../src/index.ts';
import { countedKey, countsOf, TABLE } from './delta-stream.ts';
import { libraryWay } from './library-way.ts';
import type { Way } from './way.ts';

interface CountTables {
  count: { colour: string; n: bigint };
}

const store = sqliteStore<CountTables>({
  tables: {
    count: { columns: { colour: 'text', n: 'bigint' }, primaryKey: ['colour'], merge: { n: 'sum' } },
  },
});

/** The trivial task: one merge an event. */
const merging = defineTask<typeof store, 'counts'>({
  taskName: 'Counts',
  version: 1,
  store: 'counts',
  sourceTables: [TABLE],
  reprocess: async () => undefined,
  async process(delta, context) {
    const count = context.table('count');
    for (const event of delta.events) count.merge({ colour: countedKey(event), n: 1n });
  },
});

/** The same without the merge rule: all keys looked up at once. */
const reading = defineTask<typeof store, 'counts'>({
  ...merging,
  async process(delta, context) {
    const table = context.table('count');
    const counts = [...countsOf([delta])];
    const before = await table.getMany(counts.map(([colour]) => ({ colour })));
    for (const [index, [colour, n]] of counts.entries())
      table.put({ colour, n: (before[index]?.n ?? 0n) + n });
  },
});

async function total(lease: Lease<{ readonly counts: typeof store }>): Promise<bigint> {
  const rows = await lease.store('counts').selectFrom('count').select('n').execute();
  return rows.reduce((sum, { n }) => sum + n, 0n);
}

export const sqliteLibrary: Way = libraryWay({
  name: 'sqlite: library',
  stores: { counts: store },
  tasks: [merging],
  total,
});

export const sqliteLibraryReading: Way = libraryWay({
  name: 'sqlite: library, get and put',
  stores: { counts: store },
  tasks: [reading],
  total,
});
