import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Delta } from '../../src/source/delta.ts';
import { handLog } from './hand-log.ts';
import { countsOf } from './delta-stream.ts';
import { JoinedWrites } from './joined-writes.ts';
import type { OpenWay, Way } from './way.ts';

/** SQLite as a host would write it: an upsert a key, one transaction, the sequence in it. */
export function sqliteByHand({ log }: { readonly log: boolean }): Way {
  return {
    name: log ? 'sqlite: by hand, log and store' : 'sqlite: by hand',
    async open(directory) {
      const db = new Sqlite(join(directory, 'data.sqlite'));
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.exec(`
        CREATE TABLE count (colour TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE applied (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
        INSERT INTO applied VALUES (1, 0);
      `);
      const add = db.prepare<[string, bigint]>(
        'INSERT INTO count VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n',
      );
      const apply = db.prepare<[bigint]>('UPDATE applied SET sequence = ?');
      const total = db.prepare<[], bigint>('SELECT sum(n) FROM count').pluck().safeIntegers();
      const logged = log ? await handLog(join(directory, 'log')) : undefined;
      const commit = db.transaction((deltas: readonly Delta[]) => {
        for (const [key, count] of countsOf(deltas)) add.run(key, count);
        apply.run(deltas.at(-1)?.through ?? 0n);
      });
      const writes = new JoinedWrites(async (deltas) => {
        await logged?.append(deltas);
        commit(deltas);
      });
      return {
        get sequence() {
          return writes.sequence;
        },
        take: (delta) => writes.take(delta),
        total: async () => total.get() ?? 0n,
        async close() {
          db.close();
          await logged?.close();
        },
      } satisfies OpenWay;
    },
  };
}
