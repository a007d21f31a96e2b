import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type SqliteReader, type SqliteTables, sqliteStore } from '../../../src/adapters/kysely/index.ts';
import type { OpenGeneration } from '../../../src/store/open-generation.ts';
import type { StagedStore, StoreAdapter, StoreContext, StoreSwitch } from '../../../src/store/store.ts';

export interface Totals {
  day: { day: string; orders: number; cents: bigint; at: string | null };
  item: { id: number; day: string; weight: number; photo: Uint8Array | null };
  summary: { total: bigint; days: number };
}

export const totalsTables: SqliteTables<Totals> = {
  day: {
    columns: {
      day: 'text',
      orders: 'integer',
      cents: 'bigint',
      at: { type: 'text', nullable: true, volatile: true },
    },
    primaryKey: ['day'],
    indexes: [{ name: 'by cents', columns: ['cents'] }],
    triggers: [
      {
        name: 'note',
        on: 'after delete',
        body: 'DELETE FROM item WHERE item.day = old.day AND (SELECT count(*) FROM day) >= 0;',
      },
    ],
    merge: { cents: 'sum', orders: 'sum' },
  },
  item: {
    columns: { id: 'integer', day: 'text', weight: 'real', photo: { type: 'blob', nullable: true } },
    primaryKey: ['id'],
    foreignKeys: [{ columns: ['day'], references: { table: 'day', columns: ['day'] } }],
  },
};

export const totalsViews = { summary: 'SELECT sum(day.cents) AS total, count(*) AS days FROM day' };

export type TotalsReader = SqliteReader<Totals>;
export type TotalsStore = StagedStore<TotalsReader>;

export function totalsAdapter(file?: string): ReturnType<typeof sqliteStore<Totals>> {
  return sqliteStore<Totals>({
    tables: totalsTables,
    views: totalsViews,
    ...(file === undefined ? {} : { file }),
  });
}

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sr-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function contextOf(directory: string | undefined, changes: Partial<StoreContext> = {}): StoreContext {
  return {
    storeName: 'totals',
    homeId: 'home-1',
    directory,
    adopted: undefined,
    onBackgroundError: (error) => {
      throw error;
    },
    ...changes,
  };
}

export async function openStore<Reader>(
  adapter: StoreAdapter<Reader>,
  context: StoreContext,
): Promise<StagedStore<Reader>> {
  const store = await adapter.open(context);
  cleanups.push(() => store.close());
  return store;
}

/** A store in a folder of its own. */
export async function openTotals(
  directory = temporaryFolder(),
  file?: string,
  changes: Partial<StoreContext> = {},
): Promise<TotalsStore> {
  return openStore(totalsAdapter(file), contextOf(directory, changes));
}

export const DAYS = 20;

export function dayName(index: number): string {
  return `day-${String(index).padStart(6, '0')}`;
}

/** Writes a generation whose every row tells its number, and makes it ready. */
export async function buildGeneration(
  store: StagedStore,
  generation: number,
  rows = DAYS,
  adapter: StoreAdapter = totalsAdapter(),
): Promise<void> {
  const writer = await store.stage(generation);
  const put = async (table: string, row: object): Promise<void> => {
    const bulk = writer.table(table);
    const { key, value } = adapter.encodeRow(table, [row]);
    bulk.put(key, key.length, value, value.length);
    if (bulk.full) await bulk.drain();
  };
  for (let index = 0; index < rows; index++) {
    await put('day', { day: dayName(index), orders: generation, cents: BigInt(generation), at: null });
    await put('item', { id: index, day: dayName(index), weight: index / 2, photo: null });
  }
  await writer.finish();
  await store.prepare(generation);
}

export function switchOf(from: number | undefined, to: number): StoreSwitch {
  return { from, fromRevision: from === undefined ? 0 : from * 10, to, toRevision: 0, revision: to * 10 };
}

/** A lease that ends never, for as long as the test asks. */
export function lease<Reader>(
  open: OpenGeneration<Reader>,
  frozen = false,
): { reader: Reader; release: () => void } {
  let ended = false;
  const view = open.view(
    () => {
      if (ended) throw new Error('the lease has ended');
    },
    { frozen },
  );
  return {
    reader: view.reader,
    release: () => {
      ended = true;
      view.release();
    },
  };
}

/** The one generation number that a whole generation's rows tell. */
export async function toldGeneration(reader: TotalsReader, rows = DAYS): Promise<number> {
  const days = await reader.selectFrom('day').select(['orders', 'cents']).execute();
  const told = new Set(days.map((day) => day.orders));
  if (days.length !== rows || told.size !== 1)
    throw new Error(`torn: ${String(days.length)} rows of ${[...told].join()}`);
  return days[0]?.orders ?? 0;
}
