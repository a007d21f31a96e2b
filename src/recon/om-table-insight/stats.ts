import type { TransactionTable } from '../../store/transaction-table.ts';
import type { StatsEntries } from '../recon-tables.ts';
import type { SizeTotals } from './size-totals.ts';
import { SIZED_TABLES } from './table-visitors.ts';

/** The rows of `GLOBAL_STATS` that say what a table holds: their keys and values. */
export function statsOf(table: string, totals: SizeTotals): (readonly [key: string, value: bigint])[] {
  const count = [`${table}Count`, BigInt(totals.count)] as const;
  if (!SIZED_TABLES.includes(table)) return [count];
  return [
    count,
    [`${table}UnReplicatedDataSize`, totals.unreplicated],
    [`${table}ReplicatedDataSize`, totals.replicated],
  ];
}

/** Adds to rows of `GLOBAL_STATS`, wrapping at 64 bits. Rows that are not there yet begin at 0; others that stay are not written. */
export async function addToStats(
  table: TransactionTable<StatsEntries['GLOBAL_STATS']>,
  added: ReadonlyMap<string, bigint>,
  now: () => number,
): Promise<void> {
  const stored = await table.getMany(Array.from(added.keys(), (key) => ({ key })));
  const writtenAt = now();
  for (const [index, [key, more]] of [...added].entries()) {
    const before = stored[index]?.value;
    const value = BigInt.asIntN(64, (before ?? 0n) + more);
    if (value !== before) table.put({ key, value, last_updated_timestamp: writtenAt });
  }
}
