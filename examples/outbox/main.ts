/**
 * A host that follows a PostgreSQL database through an outbox. Shows the hard part: a transaction that draws its ids early
 * and commits late, after higher ids were read, and after a rebuild took its snapshot.
 *
 * Needs a server: DATABASE_URL names an empty database.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { openHost, type OutboxHost } from './open-host.ts';

const POLL_MS = 20;

const url = process.env['DATABASE_URL'] ?? '';
if (url === '') {
  console.log(
    'Set DATABASE_URL to an empty PostgreSQL database (postgresql://user@host/name) to run this example.',
  );
} else {
  const dataDir = mkdtempSync(join(tmpdir(), 'outbox-'));
  try {
    await followOrders(url, dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

async function followOrders(connectionString: string, dataDir: string): Promise<void> {
  const shop = new Client({ connectionString });
  const slowShop = new Client({ connectionString });
  await Promise.all([shop.connect(), slowShop.connect()]);
  await shop.query(readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'));
  await shop.query(
    `INSERT INTO orders VALUES ('o-1', '2026-11-20', 1250, 'kettle'), ('o-2', '2026-11-20', 990, 'cup')`,
  );

  const host = await openHost(connectionString, dataDir);
  const stop = await host.follow(POLL_MS);
  try {
    await show(host, 'first rebuild');

    await slowShop.query('BEGIN');
    await slowShop.query(`INSERT INTO orders VALUES ('o-3', '2026-11-20', 5000, 'table')`);
    await shop.query(`UPDATE orders SET cents = 1000 WHERE id = 'o-2'`);
    await show(host, 'o-2 changed, while o-3 has a lower id and is not committed');

    const report = await host.reprocessor.reprocess();
    await show(host, `rebuilt at position ${report.snapshot?.sequence ?? '?'}, o-3 still not committed`);

    await slowShop.query(`UPDATE orders SET note = 'large cup' WHERE id = 'o-2'`);
    await slowShop.query('COMMIT');
    await show(host, 'o-3 committed late');

    const wanted = await shop.query<{ day: string; orders: number; cents: string }>(
      'SELECT day::text, count(*)::int AS orders, sum(cents) AS cents FROM orders GROUP BY day ORDER BY day',
    );
    assert.deepEqual(
      await days(host),
      wanted.rows.map((row) => ({ ...row, cents: BigInt(row.cents) })),
    );
    console.log('equal to GROUP BY in PostgreSQL');
  } finally {
    await stop();
    await host.close();
    await Promise.all([shop.end(), slowShop.end()]);
  }
}

function days({ reprocessor }: OutboxHost) {
  return reprocessor.read((lease) =>
    lease.store('totals').selectFrom('day').selectAll().orderBy('day').execute(),
  );
}

async function show(host: OutboxHost, when: string): Promise<void> {
  await host.caughtUp();
  console.log(when, await days(host));
}
