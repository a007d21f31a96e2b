import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openHost, type OutboxHost } from '../../examples/outbox/open-host.ts';
import { seededRandom, type SeededRandom } from '../../src/testing/index.ts';
import { OrderWriters } from './order-writers.ts';
import { expectEqual, expectSameAsRebuild, ordersDatabase } from './orders-database.ts';
import { startPostgres, whyNoPostgres, type PrivatePostgres } from './private-postgres.ts';

const why = whyNoPostgres();
const HOST = join(import.meta.dirname, 'outbox-host.ts');
/** Older lines of Node say that they strip types; whatever else a host says is wrong. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];
const INSERT = `INSERT INTO orders VALUES ($1, '2026-11-20', 100, $2)`;
const NOTE = 'UPDATE orders SET note = $2 WHERE id = $1';

describe.skipIf(why !== undefined)(`the outbox example${why === undefined ? '' : `: ${why}`}`, () => {
  let server: PrivatePostgres;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => {
    server.stop();
  });

  const newDatabase = async () => {
    const { url, session } = await ordersDatabase(server, `orders_${(databases += 1)}`);
    onTestFinished(() => session.end());
    return { url, session };
  };
  const newSession = async (url: string): Promise<Client> => {
    const session = new Client(url);
    await session.connect();
    onTestFinished(() => session.end());
    return session;
  };
  const newDirectory = (): string => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sr-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    return dataDir;
  };
  const newHost = async (url: string): Promise<OutboxHost> => {
    const host = await openHost(url, newDirectory());
    onTestFinished(() => host.close());
    await host.reprocessor.reprocess();
    return host;
  };
  const sendAll = async (host: OutboxHost): Promise<void> => {
    while (await host.feed.sendNext());
  };
  const newRandom = (): SeededRandom => {
    const random = seededRandom(randomInt(2 ** 31));
    onTestFinished(({ task }) => {
      if (task.result?.state === 'fail') console.log(`seed ${random.seed}`);
    });
    return random;
  };

  it('a transaction that commits after higher ids were sent is not lost', async () => {
    const { url, session } = await newDatabase();
    const slow = await newSession(url);
    const host = await newHost(url);
    await slow.query('BEGIN');
    await slow.query(INSERT, ['slow', '']);
    await session.query(INSERT, ['fast', '']);
    await sendAll(host);
    await expectEqual(host, session);
    await slow.query('COMMIT');
    await sendAll(host);
    await expectEqual(host, session);
  });

  it('nor one that commits after the snapshot of a rebuild', async () => {
    const { url, session } = await newDatabase();
    const slow = await newSession(url);
    const host = await newHost(url);
    await slow.query('BEGIN');
    await slow.query(INSERT, ['slow', '']);
    await session.query(INSERT, ['fast', '']);
    await host.reprocessor.reprocess();
    await slow.query('COMMIT');
    await sendAll(host);
    await expectEqual(host, session);
  });

  it('a transaction with a lower number that changes a row after a higher one keeps its place', async () => {
    const { url, session } = await newDatabase();
    const [early, open] = [await newSession(url), await newSession(url)];
    await session.query(INSERT, ['row', 'first']);
    const host = await newHost(url);
    await early.query('BEGIN');
    await early.query(INSERT, ['early', '']); // number and ids are given here
    await open.query('BEGIN');
    await open.query(INSERT, ['open', '']);
    await session.query(NOTE, ['row', 'second']); // the highest number, committed first
    await early.query(NOTE, ['row', 'third']);
    await early.query('COMMIT');
    await sendAll(host);
    await host.reprocessor.reprocess();
    await expectEqual(host, session);
    await open.query('COMMIT');
    await sendAll(host);
    await expectEqual(host, session);
  });

  it('changes that were deleted before they were sent are noticed', async () => {
    const { url, session } = await newDatabase();
    const host = await newHost(url);
    for (const end of ['first', 'last']) {
      await session.query(INSERT, [end, '']);
      await session.query('SELECT number_changes()');
      await session.query('DELETE FROM outbox');
      if (end === 'first') await session.query(INSERT, ['later', '']);
      await sendAll(host);
      await expectEqual(host, session);
    }
  });

  it('a server with another history is noticed, although its positions seem to go on', async () => {
    const { url, session } = await newDatabase();
    const host = await newHost(url);
    await session.query(INSERT, ['lost', '']);
    await sendAll(host);
    // What a promoted server says after it lost a commit and gave its position again.
    await session.query(`CREATE OR REPLACE VIEW outbox_history AS SELECT 'promoted' AS name`);
    await session.query(`SET session_replication_role = replica; UPDATE orders SET id = 'kept'; RESET ALL`);
    await sendAll(host);
    await expectEqual(host, session);
    expect(host.reprocessor.position()?.history).toBe('promoted');
  });

  it('many writers, with rebuilds among them: equal to GROUP BY whenever all stand still', async () => {
    const { url, session } = await newDatabase();
    const host = await newHost(url);
    const stop = await host.follow(1);
    const writers = await OrderWriters.connect(url, 6);
    const random = newRandom();
    let compared = 0;
    try {
      for (let round = 0; round < 4; round += 1) {
        const writing = writers.write(40, random);
        const isWritten = writing.then(() => true);
        do {
          await host.reprocessor.reprocess();
          compared += await expectSameAsRebuild(host);
        } while (!(await Promise.race([isWritten, Promise.resolve(false)])));
        await writing;
        await expectEqual(host, session);
      }
    } finally {
      await writers.end();
      await stop();
    }
    expect(writers.committed).toBeGreaterThan(100);
    expect(writers.rolledBack).toBeGreaterThan(10);
    expect(compared).toBeGreaterThan(0);
  });

  it('a host that is killed again and again', async () => {
    const { url, session } = await newDatabase();
    const dataDir = newDirectory();
    const writers = await OrderWriters.connect(url, 3);
    const random = newRandom();
    try {
      for (let life = 0; life < 5; life += 1) {
        const child = spawn(process.execPath, [...NODE_FLAGS, HOST, url, dataDir]);
        const dead = new Promise((resolve) => child.once('close', resolve));
        let told = '';
        child.stderr.on('data', (text: Buffer) => (told += text.toString()));
        await new Promise<void>((resolve, reject) => {
          child.stdout.once('data', () => resolve());
          child.once('close', () => reject(new Error(`The host ended: ${told}`)));
        });
        const last = 20 + random.below(40);
        let commits = 0;
        await writers.write(40, random, () => {
          commits += 1;
          if (commits === last) child.kill('SIGKILL');
        });
        child.kill('SIGKILL');
        await dead;
        expect(told).toBe('');
      }
    } finally {
      await writers.end();
    }
    const host = await openHost(url, dataDir);
    onTestFinished(() => host.close());
    await sendAll(host);
    await expectEqual(host, session);
  });
});
