// A process that does one step on a store and kills itself at the n-th statement that it would run. Arguments: folder,
// step, n. Tells how many statements it ran, if it lived to tell.
import Database from 'better-sqlite3';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';

const [folder, step, killAt = '0'] = process.argv.slice(2);
const tables = {
  day: {
    columns: { day: 'text', orders: 'integer' },
    primaryKey: ['day'],
    indexes: [{ name: 'i', columns: ['orders'] }],
    triggers: [{ name: 'note', on: 'after delete', body: 'DELETE FROM item WHERE day = old.day;' }],
  },
  item: { columns: { day: 'text' }, primaryKey: ['day'] },
} as const;
const adapter = sqliteStore<{ day: { day: string; orders: number }; item: { day: string } }>({
  tables,
  views: { busy: 'SELECT * FROM day WHERE orders > 0' } as object,
});
const store = await adapter.open({
  storeName: 'totals',
  homeId: 'home-1',
  directory: folder,
  adopted: undefined,
  onBackgroundError: () => undefined,
});

let left = Number(killAt);
let writes = 0;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called on the connection below
const { exec } = Database.prototype;
Database.prototype.exec = function (this: Database.Database, source: string) {
  if (!this.memory && left-- === 0) process.kill(process.pid, 'SIGKILL');
  return exec.call(this, source);
};
if (step === 'apply') {
  // Its rows are written by prepared statements, which share one prototype.
  const db = new Database(':memory:');
  const prototype = Object.getPrototypeOf(db.prepare('SELECT 1')) as Database.Statement;
  db.close();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on the statement below
  const { run } = prototype;
  prototype.run = function (this: Database.Statement, ...values: unknown[]) {
    if (this.source.startsWith('INSERT') && writes++ % 60 === 0 && left-- === 0)
      process.kill(process.pid, 'SIGKILL');
    return run.apply(this, values);
  };
}

const change = { from: 1, fromRevision: 10, to: 2, toRevision: 0, revision: 20 };
if (step === 'stage' || step === 'build') {
  const writer = await store.stage(step === 'stage' ? 2 : 1);
  for (let index = 0; index < 300; index++) {
    const row = { day: `day ${String(index)}`, orders: step === 'stage' ? 2 : 1 };
    const { key, value } = adapter.encodeRow('day', [row]);
    writer.table('day').put(key, key.length, value, value.length);
  }
  await writer.finish();
  await store.prepare(step === 'stage' ? 2 : 1);
  if (step === 'build')
    await store.commit({ from: undefined, fromRevision: 0, to: 1, toRevision: 0, revision: 10 });
} else if (step === 'commit') {
  await store.commit(change);
} else if (step === 'apply') {
  const put = Array.from({ length: 300 }, (_, index) =>
    adapter.encodeRow('day', [{ day: `day ${String(index)}`, orders: 7 }]),
  );
  const del = adapter.encodeKey('item', { day: 'day 0' }, false);
  await store.apply(1, {
    writes: [
      { table: 'day', rows: put },
      { table: 'item', rows: [{ key: del, value: undefined }] },
    ],
    applied: 'seven',
  });
} else if (step === 'undo') {
  await store.undo(change);
} else {
  await store.discard(2);
}
// No `close`: what follows must be as after a crash.
process.stdout.write(String(Number(killAt) - left), () => process.kill(process.pid, 'SIGKILL'));
