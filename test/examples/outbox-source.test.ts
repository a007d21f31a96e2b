import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { outboxSource } from '../../examples/outbox/outbox-source.ts';
import { sourceSuite } from '../../src/testing/index.ts';
import { ordersDatabase } from './orders-database.ts';
import { startPostgres, whyNoPostgres, type PrivatePostgres } from './private-postgres.ts';

const why = whyNoPostgres();
const ROWS = 2500; // more than one fetch

describe.skipIf(why !== undefined)(`the outbox as a source${why === undefined ? '' : `: ${why}`}`, () => {
  let server: PrivatePostgres;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => {
    server.stop();
  });
  const newDatabase = () => ordersDatabase(server, `orders_${(databases += 1)}`);
  const newSession = async (): Promise<Client> => {
    const { session } = await newDatabase();
    onTestFinished(() => session.end());
    return session;
  };

  sourceSuite(
    { describe, it },
    {
      name: 'orders of PostgreSQL',
      async create() {
        const { url, session } = await newDatabase();
        const pool = new Pool({ connectionString: url });
        await session.query(
          `INSERT INTO orders SELECT 'o-' || n, '2026-11-20', n, 'ö' FROM generate_series(1, ${ROWS}) AS n`,
        );
        const { rows } = await session.query<{ key: string; value: string }>(
          'SELECT id AS key, to_jsonb(orders)::text AS value FROM orders',
        );
        const { rows: histories } = await session.query<{ name: string }>('SELECT name FROM outbox_history');
        const sorted = rows
          .map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) }))
          .sort((left, right) => Buffer.compare(left.key, right.key));
        let changes = 0;
        return {
          source: outboxSource(pool),
          sequence: BigInt(ROWS),
          history: histories[0]?.name ?? '',
          tables: new Map([['orders', sorted]]),
          async change() {
            await session.query('UPDATE orders SET cents = cents + 1 WHERE cents % 7 = 0');
            await session.query(`INSERT INTO orders VALUES ($1, '2026-11-21', 1)`, [`n-${(changes += 1)}`]);
          },
          async cleanup() {
            await session.end();
            await pool.end();
          },
        };
      },
    },
  );

  it('takes back what was committed above its position: changes, inserts, deletes, renames', async () => {
    const session = await newSession();
    await session.query(
      `INSERT INTO orders SELECT unnest(ARRAY['changed', 'deleted', 'renamed', 'same']), '2026-11-20', 1`,
    );
    await session.query('SELECT number_changes()');
    const before = await session.query('SELECT id AS key, to_jsonb(orders) AS value FROM orders ORDER BY id');
    await session.query(`
      UPDATE orders SET cents = 2 WHERE id = 'changed';
      UPDATE orders SET cents = 3 WHERE id = 'changed';
      DELETE FROM orders WHERE id = 'deleted';
      INSERT INTO orders VALUES ('deleted', '2026-11-21', 4), ('inserted', '2026-11-21', 5);
      UPDATE orders SET id = 'other name' WHERE id = 'renamed';
      DELETE FROM orders WHERE id = 'inserted'`);
    const at = await session.query('SELECT key, value FROM orders_at_position ORDER BY key');
    expect(at.rows).toEqual(before.rows);
  });

  it('two that give positions at once give each change one', async () => {
    const { url, session } = await newDatabase();
    const other = new Client(url);
    await other.connect();
    try {
      await session.query(`INSERT INTO orders VALUES ('a', '2026-11-20', 1), ('b', '2026-11-20', 2)`);
      await session.query('BEGIN');
      await session.query('SELECT number_changes()');
      const second = other.query<{ last: string }>('SELECT number_changes() AS last');
      const isWaiting = async (): Promise<boolean> =>
        (await session.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount !== 0;
      while (!(await isWaiting()));
      await session.query(`INSERT INTO orders VALUES ('c', '2026-11-20', 3)`);
      await session.query('COMMIT');
      expect((await second).rows).toEqual([{ last: '3' }]);
      const { rows } = await session.query('SELECT key, position FROM outbox ORDER BY position');
      expect(rows).toEqual([
        { key: 'a', position: '1' },
        { key: 'b', position: '2' },
        { key: 'c', position: '3' },
      ]);
    } finally {
      await other.end();
      await session.end();
    }
  });

  it('refuses what would pass by the outbox', async () => {
    const session = await newSession();
    await expect(session.query('TRUNCATE orders')).rejects.toThrow('use DELETE');
  });

  it('an idle poll writes nothing', async () => {
    const session = await newSession();
    await session.query(`INSERT INTO orders VALUES ('a', '2026-11-20', 1)`);
    await session.query('SELECT number_changes()');
    await session.query('BEGIN');
    await session.query('SELECT number_changes()');
    const { rows } = await session.query('SELECT pg_current_xact_id_if_assigned() AS id');
    await session.query('ROLLBACK');
    expect(rows).toEqual([{ id: null }]);
  });
});
