import type { Pool } from 'pg';
import type { Source } from 'staged-reprocessor';
import { OrdersSnapshot } from './orders-snapshot.ts';

const STATE = `
  SELECT last, name AS history, (SELECT reltuples FROM pg_class WHERE oid = 'orders'::regclass) AS "estimatedRows"
  FROM outbox_position, outbox_history`;

/** The orders of a PostgreSQL database, at the last position that its outbox has given. */
export function outboxSource(pool: Pool): Source {
  return {
    async openSnapshot() {
      // Not needed for a right answer: it leaves less to take back.
      await pool.query('SELECT number_changes()');
      const client = await pool.connect();
      try {
        // One snapshot of PostgreSQL for all that follows: it is taken by the first query after BEGIN.
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const { rows } = await client.query<{ last: string; history: string; estimatedRows: number }>(STATE);
        const [state] = rows;
        if (state === undefined) throw new Error('The table outbox_position has no row: was schema.sql run?');
        return new OrdersSnapshot(client, { ...state, sequence: BigInt(state.last) });
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
  };
}
