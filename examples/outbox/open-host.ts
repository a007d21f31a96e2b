import { Pool } from 'pg';
import { StagedReprocessor } from 'staged-reprocessor';
import { stores, tasks } from './derived-data.ts';
import { OutboxFeed } from './outbox-feed.ts';
import { outboxSource } from './outbox-source.ts';

export type OutboxHost = Awaited<ReturnType<typeof openHost>>;

/** A host that follows the orders of a database. `dataDir` keeps the derived data, and how far it is. */
export async function openHost(connectionString: string, dataDir: string) {
  const pool = new Pool({ connectionString });
  const report = (error: unknown): void => {
    console.error('outbox:', error);
  };
  pool.on('error', report); // of a connection that nobody uses just now
  const source = outboxSource(pool);
  const reprocessor = await StagedReprocessor.open({ dataDir, stores, tasks, source });
  const feed = new OutboxFeed(pool, reprocessor);
  return {
    pool,
    reprocessor,
    feed,
    /** Builds the derived data if there is none yet, and follows the outbox until the returned function is called. */
    async follow(pollMs: number): Promise<() => Promise<void>> {
      if (reprocessor.position() === undefined) await reprocessor.reprocess();
      const stopping = new AbortController();
      const running = feed.run(stopping.signal, pollMs, report);
      return async () => {
        stopping.abort();
        await running;
      };
    },
    /** Resolves when all that is committed now is in the derived data. */
    async caughtUp(): Promise<void> {
      const { rows } = await pool.query<{ last: string }>('SELECT number_changes() AS last');
      await reprocessor.whenApplied(BigInt(rows[0]?.last ?? 0));
    },
    async close(): Promise<void> {
      await reprocessor.close();
      await pool.end();
    },
  };
}
