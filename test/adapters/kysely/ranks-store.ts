import { sqliteStore, type SqliteTable } from '../../../src/adapters/kysely/index.ts';
import type { OpenGeneration } from '../../../src/store/open-generation.ts';
import type { StagedStore } from '../../../src/store/store.ts';
import { type Changes, batchOf } from './batch-of.ts';
import { contextOf, openStore, switchOf, temporaryFolder } from './totals-store.ts';

export interface Ranks {
  player: { id: number; rank: number; name: string | null; seat: bigint };
  log: { n: number; what: string };
}

/** A trigger that notes each row it fires for. */
export const log = (name: string, on: 'before' | 'after', event: 'insert' | 'update' | 'delete') => ({
  name,
  on: `${on} ${event}` as const,
  body: `INSERT INTO log SELECT count(*), '${on} ${event} ' || ${event === 'delete' ? 'old' : 'new'}.id FROM log;`,
});

const player = {
  columns: { id: 'integer', rank: 'real', name: { type: 'text', nullable: true }, seat: 'bigint' },
  primaryKey: ['id'],
  indexes: [
    { name: 'rank', columns: ['rank'], unique: true },
    { name: 'seat', columns: ['name', 'seat'], unique: true },
  ],
} as const satisfies SqliteTable<Ranks['player']>;

export function ranks(triggers: SqliteTable['triggers'] = []) {
  return sqliteStore<Ranks>({
    tables: {
      player: { ...player, triggers },
      log: { columns: { n: 'integer', what: 'text' }, primaryKey: ['n'] },
    },
  });
}

/** An empty live generation, open. */
export async function openRanks(
  adapter = ranks(),
): Promise<{ store: StagedStore; open: OpenGeneration; apply: (player: Changes) => Promise<void> }> {
  const store = await openStore(adapter, contextOf(temporaryFolder()));
  await (await store.stage(1)).finish();
  await store.prepare(1);
  await store.commit(switchOf(undefined, 1));
  return {
    store,
    open: await store.openGeneration(1),
    apply: (changes) => store.apply(1, batchOf(adapter, 'x', { player: changes })),
  };
}

export const row = (id: number, rank: number, name: string | null = 'n', seat = BigInt(rank)) => ({
  id,
  rank,
  name,
  seat,
});
