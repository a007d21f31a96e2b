import type { Kysely } from 'kysely';
import type { ReadonlyTable } from '../../src/adapters/level/index.ts';
import type { Lease, StagedReprocessor } from '../../src/index.ts';
import { CATEGORIES, journalKey, type DeltaHistory, type Order } from './delta-history.ts';
import type { Totals } from './delta-world.ts';

export interface Sum {
  orders: number;
  cents: number;
}

export function sumsOf(orders: Iterable<Order>): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { category, cents } of orders) {
    const sum = sums.get(category) ?? { orders: 0, cents: 0 };
    sums.set(category, { orders: sum.orders + 1, cents: sum.cents + cents });
  }
  return sums;
}

/** Store → what it holds, and at which sequence. */
export type StoreRows = Readonly<
  Record<string, { readonly sequence: string; readonly rows: readonly string[] }>
>;

interface WordTables {
  table(name: string): ReadonlyTable<string, unknown>;
}

/** All rows of a store as sorted text. */
export async function rowsOf(lease: Lease, store: string): Promise<readonly string[]> {
  const rows: string[] = [];
  if (store === 'words') {
    const reader = lease.store(store) as WordTables;
    for (const table of ['sums', 'merged', 'changes', 'journal']) {
      for (const [key, value] of await reader.table(table).iterator().all()) {
        const shown =
          value instanceof Uint8Array
            ? Buffer.from(value).readBigInt64BE().toString()
            : JSON.stringify(value);
        rows.push(`${table} ${key} ${shown}`);
      }
    }
    return rows.sort();
  }
  const db = lease.store(store) as Kysely<Totals>;
  for (const { category, orders, cents } of await db.selectFrom('category').selectAll().execute()) {
    rows.push(`category ${category} ${String(orders)} ${String(cents)}`);
  }
  for (const { id, changes } of await db.selectFrom('change').selectAll().execute()) {
    rows.push(`change ${id} ${String(changes)}`);
  }
  for (const { sequence, times } of await db.selectFrom('journal').selectAll().execute()) {
    rows.push(`journal ${journalKey(sequence)} ${String(times)}`);
  }
  return rows.sort();
}

/** The rows of each store, in one lease whose data stands still. */
export async function frozenRows(
  reprocessor: StagedReprocessor,
  stores: readonly string[],
): Promise<StoreRows> {
  const lease = await reprocessor.acquire({ frozen: true });
  try {
    const told: Record<string, StoreRows[string]> = {};
    for (const store of stores) {
      told[store] = { sequence: lease.sequenceOf(store).toString(), rows: await rowsOf(lease, store) };
    }
    return told;
  } finally {
    lease.release();
  }
}

/** How often a store says that a source transaction was applied; 0 when it has no row of it. */
export async function timesApplied(lease: Lease, store: string, sequence: bigint): Promise<number> {
  if (store === 'words') {
    const reader = lease.store(store) as WordTables;
    return ((await reader.table('journal').get(journalKey(sequence))) ?? 0) as number;
  }
  const db = lease.store(store) as Kysely<Totals>;
  const row = await db
    .selectFrom('journal')
    .select('times')
    .where('sequence', '=', sequence)
    .executeTakeFirst();
  return row?.times ?? 0;
}

/** What `rowsOf` must give at a sequence, worked out from the source alone. */
export function rowsAt(history: DeltaHistory, store: string, sequence: bigint): readonly string[] {
  const { orders, journal } = history.stateAt(sequence);
  const sums = sumsOf(orders.values());
  const isWords = store === 'words';
  const rows = [...journal].map((one) => `journal ${journalKey(one)} 1`);
  for (const [key, { changes }] of orders)
    rows.push(`${isWords ? 'changes' : 'change'} ${key} ${String(changes)}`);
  for (const category of CATEGORIES) {
    const sum = sums.get(category);
    if (isWords) rows.push(`merged ${category} ${String(sum?.cents ?? 0)}`);
    if (sum === undefined) continue;
    rows.push(
      isWords
        ? `sums ${category} ${JSON.stringify(sum)}`
        : `category ${category} ${String(sum.orders)} ${String(sum.cents)}`,
    );
  }
  return rows.sort();
}
