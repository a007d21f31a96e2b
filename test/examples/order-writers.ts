import { Client, DatabaseError } from 'pg';
import type { SeededRandom } from '../../src/testing/index.ts';

const KEYS = 12;
const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22'];
/** What PostgreSQL answers to honest writers that meet: serialization failure, deadlock, a key that is there already. */
const CLASHES = ['40001', '40P01', '23505'];

/** Sessions that change few orders in many transactions at once; the seeds give what they do, not when. */
export class OrderWriters {
  committed = 0;
  rolledBack = 0;
  readonly #clients: readonly Client[];

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
  }

  static async connect(connectionString: string, sessions: number): Promise<OrderWriters> {
    const clients = Array.from({ length: sessions }, () => new Client({ connectionString }));
    for (const client of clients) {
      await client.connect();
      // They do run into each other: the default of a second would only be waited for.
      await client.query('SET deadlock_timeout = 10');
    }
    return new OrderWriters(clients);
  }

  /** Every session makes so many transactions; `onCommit` is told each time one is there for good. */
  async write(transactions: number, random: SeededRandom, onCommit?: () => void): Promise<void> {
    await Promise.all(
      this.#clients.map(async (client) => {
        for (let n = 0; n < transactions; n += 1) {
          if (await this.#transaction(client, random)) onCommit?.();
        }
      }),
    );
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }

  async #transaction(client: Client, random: SeededRandom): Promise<boolean> {
    await client.query(random.below(4) === 0 ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : 'BEGIN');
    try {
      for (let n = random.below(4); n >= 0; n -= 1) await change(client, random);
      const ending = random.below(5) === 0 ? 'ROLLBACK' : 'COMMIT';
      await client.query(ending);
      if (ending === 'ROLLBACK') this.rolledBack += 1;
      else this.committed += 1;
      return ending === 'COMMIT';
    } catch (error) {
      if (!(error instanceof DatabaseError) || !CLASHES.includes(error.code ?? '')) throw error;
      await client.query('ROLLBACK');
      this.rolledBack += 1;
      return false;
    }
  }
}

async function change(client: Client, random: SeededRandom): Promise<void> {
  const key = (): string => `o-${random.below(KEYS)}`;
  const row = [key(), random.pick(DAYS), random.below(10_000), `note ${random.below(100)}`];
  const kind = random.below(7);
  if (kind === 0) {
    await client.query('DELETE FROM orders WHERE id = $1', [key()]);
  } else if (kind === 1) {
    await client.query('UPDATE orders SET id = $2 WHERE id = $1', [key(), key()]);
  } else if (kind === 2) {
    await client.query('SAVEPOINT part');
    await client.query('UPDATE orders SET cents = cents + 1');
    await client.query(random.below(2) === 0 ? 'ROLLBACK TO SAVEPOINT part' : 'RELEASE SAVEPOINT part');
  } else {
    await client.query(
      `INSERT INTO orders VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET day = excluded.day, cents = excluded.cents, note = excluded.note`,
      row,
    );
  }
}
