import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, it } from 'vitest';
import { sqliteStore, type SqliteReader } from '../../src/adapters/kysely/index.ts';
import { storeSuite, type StoreSuiteSubject } from '../../src/testing/index.ts';

const APPLIED = '__staged_reprocessor_applied';

interface Totals {
  day: { day: string; orders: number; cents: bigint };
  mark: { id: number; note: string };
  place: { area: string; shelf: bigint; box: number; note: string; seen: number | null };
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
      place: {
        columns: {
          note: 'text',
          box: 'integer',
          area: 'text',
          shelf: 'bigint',
          seen: { type: 'integer', nullable: true, volatile: true },
        },
        primaryKey: ['area', 'shelf', 'box'],
      },
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
        key: (index) => ({ day: `day ${String(index).padStart(5, '0')}` }),
        async *read(reader) {
          for await (const row of reader.selectFrom('day').selectAll().orderBy('day').stream(50)) yield [row];
        },
      },
      {
        name: 'mark',
        row: (index, variant) => [{ id: index, note: `${variant}` }],
        key: (id) => ({ id }),
        async *read(reader) {
          for await (const row of reader.selectFrom('mark').selectAll().orderBy('id').stream(50)) yield [row];
        },
      },
      {
        name: 'place',
        row: (index, variant) => [
          { ...place(index), note: `${variant}`, seen: variant === 0 ? null : variant },
        ],
        key: place,
        partialKeys: (index) => {
          const { area, shelf } = place(index);
          return [{ area }, { area, shelf }];
        },
        async *read(reader) {
          const rows = reader.selectFrom('place').selectAll().orderBy('area').orderBy('shelf').orderBy('box');
          for await (const row of rows.stream(50)) yield [row];
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
      db.exec(`CREATE TABLE place (note TEXT NOT NULL, box INTEGER NOT NULL, area TEXT NOT NULL, shelf INTEGER NOT NULL,
        seen INTEGER, PRIMARY KEY (area, shelf, box))`);
      const put = db.prepare("INSERT INTO place VALUES ('0', @box, @area, @shelf, NULL)");
      for (const index of [0, 1]) put.run(place(index));
      db.close();
      return { generation: 1, location: undefined };
    },
    leftovers: async (kept) => leftovers(file, kept),
    cleanup: async () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A key of three columns; names with a zero byte, and numbers on both sides of zero. */
function place(index: number): { readonly area: string; readonly shelf: bigint; readonly box: number } {
  const area = ['a', 'a\0', 'a\0b', '', 'ż'][index % 5] ?? '';
  return { area, shelf: BigInt(index % 3) - 1n, box: 500 - index };
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
    const applied = names.includes(APPLIED)
      ? db.prepare<[], number>(`SELECT generation FROM ${APPLIED}`).pluck().all()
      : [];
    const said = applied.filter((one) => !kept.includes(one)).map((one) => `applied text of ${String(one)}`);
    return [...beside, ...orphans, ...said];
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
