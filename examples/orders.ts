/**
 * A host without any Ozone: orders become daily totals in SQLite and a search index in LevelDB. Both are rebuilt beside
 * the live data and switched in at one instant, while a reader goes on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTask, memorySource, StagedReprocessor } from 'staged-reprocessor';
import { sqliteStore } from 'staged-reprocessor/kysely';
import { json, levelStore } from 'staged-reprocessor/level';

interface Order {
  readonly day: string;
  readonly cents: number;
  readonly text: string;
}
interface TotalsTables {
  day: { day: string; orders: number; cents: bigint };
}

const search = levelStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: json<string[]>() } } });
const totals = sqliteStore<TotalsTables>({
  tables: { day: { columns: { day: 'text', orders: 'integer', cents: 'bigint' }, primaryKey: ['day'] } },
});
const decode = (bytes: Uint8Array): Order => JSON.parse(Buffer.from(bytes).toString()) as Order;

const searchIndex = defineTask<typeof search, 'search'>({
  taskName: 'SearchIndex',
  version: 1,
  store: 'search',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const words = new Map<string, string[]>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const id = Buffer.from(batch.key(i)).toString();
          for (const word of decode(batch.value(i)).text.split(' '))
            words.set(word, [...(words.get(word) ?? []), id]);
        }
      },
    });
    const sink = context.sink('words');
    for (const [word, ids] of words) await sink.put(word, ids);
  },
});

const dailyTotals = defineTask<typeof totals, 'totals'>({
  taskName: 'DailyTotals',
  version: 1,
  store: 'totals',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const days = new Map<string, { orders: number; cents: bigint }>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const { day, cents } = decode(batch.value(i));
          const known = days.get(day) ?? { orders: 0, cents: 0n };
          days.set(day, { orders: known.orders + 1, cents: known.cents + BigInt(cents) });
        }
      },
    });
    const sink = context.sink('day');
    for (const [day, total] of days) await sink.put({ day, ...total });
  },
});

const orders = memorySource({ sequence: 0n, tables: { orders: [] } });
const order = (id: string, row: Order): void => void orders.set('orders', id, JSON.stringify(row));
order('o-1', { day: '2026-11-20', cents: 1250, text: 'blue kettle' });
order('o-2', { day: '2026-11-20', cents: 990, text: 'blue cup' });

const dataDir = mkdtempSync(join(tmpdir(), 'orders-'));
const tasks = [searchIndex, dailyTotals];
const reprocessor = await StagedReprocessor.open({
  dataDir,
  stores: { search, totals },
  tasks,
  source: orders,
});
try {
  await reprocessor.reprocess();
  order('o-3', { day: '2026-11-21', cents: 4200, text: 'green kettle' });
  const report = await reprocessor.reprocess();
  await reprocessor.read(async (lease) => {
    const days = await lease.store('totals').selectFrom('day').selectAll().orderBy('day').execute();
    const hits = await lease.store('search').table('words').get('kettle');
    console.log(`generation ${lease.generation.toString()}, ${report.durationMs.toString()} ms`, {
      days,
      hits,
    });
  });
} finally {
  await reprocessor.close();
  rmSync(dataDir, { recursive: true });
}
