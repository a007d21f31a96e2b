import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect } from 'vitest';
import type { OutboxHost } from '../../examples/outbox/open-host.ts';
import type { PrivatePostgres } from './private-postgres.ts';

const schema = readFileSync(join(import.meta.dirname, '../../examples/outbox/schema.sql'), 'utf8');

/** A database with the tables of the example, and a session in it. */
export async function ordersDatabase(
  server: PrivatePostgres,
  name: string,
): Promise<{ readonly url: string; readonly session: Client }> {
  const url = server.database(name);
  const session = new Client(url);
  await session.connect();
  await session.query(schema);
  return { url, session };
}

/** What the derived data must be, by PostgreSQL itself. */
async function wanted(session: Client): Promise<{ readonly days: unknown; readonly cards: unknown }> {
  const days = await session.query<{ day: string; orders: number; cents: string }>(
    `SELECT day::text, count(*)::int AS orders, sum(cents) AS cents FROM orders GROUP BY day ORDER BY day`,
  );
  const cards = await session.query<{ id: string; card: string }>(
    `SELECT id, concat_ws(' ', day, round(cents / 100.0, 2), note) AS card FROM orders ORDER BY id`,
  );
  return {
    days: days.rows.map(({ day, orders, cents }) => ({ day, orders, cents: BigInt(cents) })),
    cards: cards.rows.map(({ id, card }) => [id, card]),
  };
}

async function derived({
  reprocessor,
}: OutboxHost): Promise<{ readonly days: unknown; readonly cards: unknown }> {
  return reprocessor.read(async (lease) => ({
    days: await lease.store('totals').selectFrom('day').selectAll().orderBy('day').execute(),
    cards: await lease.store('cards').table('card').iterator().all(),
  }));
}

/** While nobody writes: the derived data is what the source has, once all of it has come. */
export async function expectEqual(host: OutboxHost, session: Client): Promise<void> {
  await host.caughtUp();
  expect(await derived(host)).toEqual(await wanted(session));
}

/**
 * While everybody writes: a rebuild, followed to the place of the live data, equals it row by row. Returns how many tables
 * could be compared: a snapshot may be ahead of the live data.
 */
export async function expectSameAsRebuild({ reprocessor }: OutboxHost): Promise<number> {
  const { differences = [] } = await reprocessor.reprocess({ shadow: true });
  expect(differences.map(({ table }) => table)).toEqual(['day', 'card']);
  const compared = differences.filter(({ stagedSequence, liveSequence }) => stagedSequence === liveSequence);
  expect(compared.flatMap(({ first }) => first)).toEqual([]);
  return compared.length;
}
