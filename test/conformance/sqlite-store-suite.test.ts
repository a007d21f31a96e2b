import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, it } from 'vitest';
import { sqliteStore, type SqliteReader } from '../../src/adapters/kysely/index.ts';
import { storeSuite, type StoreSuiteSubject } from '../../src/testing/index.ts';

interface Totals {
  day: { day: string; orders: number; cents: bigint };
  mark: { id: number; note: string };
  busy: { day: string };
}

function subject(host: 'own file' | "host's file"): StoreSuiteSubject<SqliteReader<Totals>> {
  const root = mkdtempSync(join(tmpdir(), 'sr-'));
  const directory = join(root, 'stores', 'totals');
  const file = host === 'own file' ? join(directory, 'data.sqlite') : join(root, 'host.sqlite');
  const adapter = sqliteStore<Totals>({
    tables: {
      day: {
        columns: { day: 'text', orders: 'integer', cents: 'bigint' },
        primaryKey: ['day'],
        indexes: [{ name: 'by cents', columns: ['cents'] }],
        merge: { orders: 'sum', cents: 'sum' },
      },
      mark: { columns: { id: 'integer', note: 'text' }, primaryKey: ['id'] },
    },
    views: { busy: 'SELECT day FROM day WHERE orders > 0' },
    ...(host === 'own file' ? {} : { file }),
  });
  if (host !== 'own file') {
    const db = new Database(file);
    db.exec("CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO guest VALUES (1, 'keep')");
    db.close();
  }
  return {
    adapter,
    context: {
      storeName: 'totals',
      homeId: 'home-1',
      directory,
      adopted: undefined,
      onBackgroundError: (error) => {
        throw error;
      },
    },
    tables: [
      {
        name: 'day',
        row: (index, variant) => [
          { day: `day ${String(index).padStart(5, '0')}`, orders: variant, cents: BigInt(index) << 33n },
        ],
        async *read(reader) {
          for await (const row of reader.selectFrom('day').selectAll().orderBy('day').stream(50)) yield [row];
        },
      },
      {
        name: 'mark',
        row: (index, variant) => [{ id: index, note: `${variant}` }],
        async *read(reader) {
          for await (const row of reader.selectFrom('mark').selectAll().orderBy('id').stream(50)) yield [row];
        },
      },
    ],
    async plant() {
      mkdirSync(join(file, '..'), { recursive: true });
      const db = new Database(file);
      db.exec(
        'CREATE TABLE day (day TEXT NOT NULL PRIMARY KEY, orders INTEGER NOT NULL, cents INTEGER NOT NULL)',
      );
      db.exec('CREATE TABLE mark (id INTEGER NOT NULL PRIMARY KEY, note TEXT NOT NULL)');
      db.exec(`INSERT INTO day VALUES ('day 00000', 0, 0), ('day 00001', 0, ${1n << 33n})`);
      db.exec("INSERT INTO mark VALUES (0, '0'), (1, '0')");
      db.close();
      return { generation: 1, location: undefined };
    },
    leftovers: async (kept) => leftovers(file, kept),
    cleanup: async () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** What a file holds beside the kept generations, the library's own table and the host's. */
function leftovers(file: string, kept: readonly number[]): string[] {
  const folder = join(file, '..');
  if (!existsSync(file)) return existsSync(folder) ? readdirSync(folder) : [];
  const beside = readdirSync(folder).filter((name) => /-(?:wal|shm|journal)$/u.test(name));
  const db = new Database(file, { readonly: true });
  try {
    const names = db.prepare<[], string>('SELECT name FROM sqlite_schema').pluck().all();
    const generation = /__sr_(\d+)_/u;
    const orphans = names.filter((name) => {
      const match = generation.exec(name);
      return match !== null && !kept.includes(Number(match[1]));
    });
    return [...beside, ...orphans];
  } finally {
    db.close();
  }
}

for (const host of ['own file', "host's file"] as const) {
  storeSuite(
    { describe, it },
    {
      name: `sqlite, ${host}`,
      supports: { durable: true, adopt: true },
      create: async () => subject(host),
    },
  );
}
