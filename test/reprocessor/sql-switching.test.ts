import Database from 'better-sqlite3';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sqliteStore } from '../../src/adapters/kysely/index.ts';
import { StagedReprocessor, type Lease, type ReconOmTask } from '../../src/index.ts';
import { afterTest, copyTask, fill, levelRows, ordersSource, temporaryFolder, text } from './rows-host.ts';
import { openFiles } from './fault-subject.ts';

const ROWS = 12;
const SWITCHES = 200;

interface Tables {
  orders: { id: string; version: string };
  versions: { version: string; orders: number };
}

const makeStores = () => ({
  totals: sqliteStore<Tables>({
    tables: { orders: { columns: { id: 'text', version: 'text' }, primaryKey: ['id'] } },
    views: { versions: 'SELECT version, count(*) AS orders FROM orders GROUP BY version' },
  }),
  main: levelRows(),
});

type HostStores = ReturnType<typeof makeStores>;

const totalsTask: ReconOmTask<HostStores['totals']> & { readonly store: 'totals' } = {
  taskName: 'Totals',
  version: 1,
  store: 'totals',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const sink = context.sink('orders', { ascending: true });
    await snapshot.scan('orders', {
      rows(batch) {
        for (let index = 0; index < batch.length; index++) {
          void sink.put({ id: text(batch.key(index)), version: text(batch.value(index)) });
        }
      },
    });
    return undefined;
  },
};

/** The first row of a stream. */
async function taken<Row>(rows: AsyncIterator<Row, unknown>): Promise<readonly Row[]> {
  const step = await rows.next();
  return step.done === true ? [] : [step.value];
}

/** Opens a stream, a prepared statement and a LevelDB iterator; `finish` reads them to their ends. */
async function openReads(lease: Lease<HostStores>) {
  const totals = lease.store('totals');
  const stream = totals.selectFrom('orders').select('version').stream(5);
  const raw = totals.raw.iterate<{ version: string }>('SELECT version FROM orders');
  const prepared = totals.raw.prepare<{ version: string; orders: number }>('SELECT * FROM versions');
  const iterator = lease.store('main').table('rows').iterator();
  const first = [
    ...(await taken(stream)).map(({ version }) => version),
    ...(await taken(raw)).map(({ version }) => version),
    (await iterator.next())?.[1],
  ];
  return async (): Promise<void> => {
    const told = [...first];
    for await (const row of stream) told.push(row.version);
    for await (const row of raw) told.push(row.version);
    for (const [, value] of await iterator.all()) told.push(value);
    expect(told).toHaveLength(3 * ROWS);
    const [version] = told;
    expect(new Set(told).size).toBe(1);
    const whole = [{ version, orders: ROWS }];
    expect(await prepared.all()).toEqual(whole);
    expect(await totals.selectFrom('versions').selectAll().execute()).toEqual(whole);
    expect(await totals.raw.all('SELECT version, count(*) AS orders FROM orders')).toEqual(whole);
  };
}

describe('200 switches of SQLite and LevelDB together', () => {
  it('fail, empty, tear or mix no read that is open across them', async () => {
    const filesAtStart = openFiles();
    const dataDir = temporaryFolder();
    const source = ordersSource(ROWS, 'v0');
    const host = await StagedReprocessor.open({
      dataDir,
      stores: makeStores(),
      tasks: [totalsTask, { ...copyTask('Copy', 'main'), store: 'main' as const }],
      source,
    });
    afterTest(() => host.close());
    /** Two quiet switches and one read: the same handles each time, if nothing leaks. */
    const quiet = async (): Promise<void> => {
      await host.reprocess();
      await host.reprocess();
      await host.read(async (lease) => (await openReads(lease))());
    };
    await quiet();
    const filesBefore = openFiles();
    let running = true;
    let reads = 0;
    const loop = async (): Promise<void> => {
      for (; running; reads++) await host.read(async (lease) => (await openReads(lease))());
    };
    const reader = loop();
    for (let round = 1; round <= SWITCHES; round++) {
      const lease = await host.acquire({ frozen: round % 3 === 0 });
      const finish = await openReads(lease);
      if (round % 8 === 0) await host.rollbackTo(host.status().retained[0] ?? 0);
      else {
        fill(source, ROWS, `v${String(round)}`);
        await host.reprocess();
      }
      await finish();
      lease.release();
    }
    running = false;
    await reader;
    await quiet();
    expect(reads).toBeGreaterThan(0);
    while (host.status().stores.some(({ discarding }) => discarding.length > 0)) await turn();
    expect(host.status()).toMatchObject({ leases: 0, state: 'NONE' });
    // While a connection holds a lock, SQLite keeps the descriptors of closed ones for those to come: few, not more
    // with each switch.
    while (openFiles() > filesBefore + 12) await turn();
    await host.close();
    expect(openFiles()).toBe(filesAtStart);
    const db = new Database(`${dataDir}/stores/totals/data.sqlite`, { readonly: true });
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%orders%'")
      .all();
    db.close();
    expect(tables).toHaveLength(2);
  }, 180_000);
});
