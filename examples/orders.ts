/**
 * A host without any Ozone: orders become a search index in LevelDB and daily totals in SQLite. Both follow the orders by deltas,
 * also while they are rebuilt beside the live data and switched in at one instant, and a reader sees its own write.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource, StagedReprocessor } from 'staged-reprocessor';
import { dailyTotals, searchIndex, stores, type Order } from './orders/tasks.ts';

const orders = memorySource({ sequence: 0n, tables: { orders: [] } });
const rows = new Map<string, Buffer>();
const dataDir = mkdtempSync(join(tmpdir(), 'orders-'));
const reprocessor = await StagedReprocessor.open({
  dataDir,
  stores,
  tasks: [searchIndex, dailyTotals],
  source: orders,
});

/** Writes an order, or deletes it, and sends the change on. Returns the sequence to read one's own write at. */
async function write(id: string, order: Order | undefined): Promise<bigint> {
  const before = rows.get(id);
  const after = order === undefined ? undefined : Buffer.from(JSON.stringify(order));
  const known = orders.sequence;
  const sequence = after === undefined ? orders.delete('orders', id) : orders.set('orders', id, after);
  if (after === undefined) rows.delete(id);
  else rows.set(id, after);
  const events = [{ sequence, table: 'orders', key: Buffer.from(id), before, after }];
  await reprocessor.consume({ after: known, through: sequence, events });
  return sequence;
}

try {
  await reprocessor.startEmpty(orders.sequence);
  await write('o-1', { day: '2026-11-20', cents: 1250, text: 'blue kettle' });
  const mine = await write('o-2', { day: '2026-11-20', cents: 990, text: 'blue cup' });
  const blue = await reprocessor.read((lease) => lease.store('search').table('words').get('blue'), {
    atLeast: mine,
  });
  console.log('my own write:', blue);

  // A rebuild, and changes that come meanwhile: the old data follows them until the switch, the new data from then on.
  const rebuild = reprocessor.reprocess();
  await write('o-1', { day: '2026-11-21', cents: 1300, text: 'red kettle' });
  await write('o-2', undefined);
  const last = await write('o-3', { day: '2026-11-21', cents: 4200, text: 'green kettle' });
  const { generation = 0 } = await rebuild;
  await reprocessor.read(
    async (lease) => {
      const days = await lease.store('totals').selectFrom('day').selectAll().orderBy('day').execute();
      const hits = await lease.store('search').table('words').get('kettle');
      console.log(`generation ${generation.toString()}, sequence ${lease.sequence.toString()}:`, {
        days,
        hits,
      });
    },
    { atLeast: last },
  );
  const { differences = [] } = await reprocessor.reprocess({ shadow: true });
  const wrong = differences.filter(({ added, removed, changed }) => added + removed + changed > 0);
  console.log(`${wrong.length.toString()} of ${differences.length.toString()} tables differ from a rebuild`);
} finally {
  await reprocessor.close();
  rmSync(dataDir, { recursive: true });
}
