import { memorySource } from '../../src/source/memory-source.ts';
import { RowArena } from '../../src/source/row-arena.ts';
import type { ScanVisitor, SourceSnapshot } from '../../src/source/source.ts';

/** A snapshot that is broken in one way, and a test of the suite that must see it. */
export interface BrokenSource {
  readonly what: string;
  readonly seenBy: string;
  readonly change: (snapshot: SourceSnapshot) => Partial<SourceSnapshot>;
}

const scanTest = 'scan visits every row once, in key order, then ends';

/** Every row of a table, in batches that the fake is free to spoil. */
async function rowsOf(snapshot: SourceSnapshot, table: string): Promise<[Uint8Array, Uint8Array][]> {
  const rows: [Uint8Array, Uint8Array][] = [];
  await snapshot.scan(table, {
    rows(batch) {
      for (let index = 0; index < batch.length; index += 1) {
        rows.push([Uint8Array.from(batch.key(index)), Uint8Array.from(batch.value(index))]);
      }
    },
  });
  return rows;
}

function batchOf(rows: readonly [Uint8Array, Uint8Array][]): RowArena {
  const batch = new RowArena();
  for (const [key, value] of rows) batch.push(key, value);
  return batch;
}

function scanning(
  spoil: (rows: [Uint8Array, Uint8Array][], visitor: ScanVisitor) => Promise<void> | void,
): BrokenSource['change'] {
  return (snapshot) => ({
    async scan(table, visitor, options) {
      if (options?.signal?.aborted === true) return snapshot.scan(table, visitor, options);
      await spoil(await rowsOf(snapshot, table), visitor);
    },
  });
}

export const brokenSources: readonly BrokenSource[] = [
  {
    what: 'loses the last row',
    seenBy: scanTest,
    change: scanning(async (rows, visitor) => {
      await visitor.rows(batchOf(rows.slice(0, -1)));
      await visitor.end?.();
    }),
  },
  {
    what: 'gives a row twice',
    seenBy: scanTest,
    change: scanning(async (rows, visitor) => {
      await visitor.rows(batchOf([...rows.slice(0, 1), ...rows]));
      await visitor.end?.();
    }),
  },
  {
    what: 'gives rows in another order',
    seenBy: scanTest,
    change: scanning(async (rows, visitor) => {
      await visitor.rows(batchOf(rows.toReversed()));
      await visitor.end?.();
    }),
  },
  {
    what: 'never ends a scan',
    seenBy: scanTest,
    change: scanning(async (rows, visitor) => {
      await visitor.rows(batchOf(rows));
    }),
  },
  {
    what: 'has arrays of another table',
    seenBy: 'the arrays of a batch say what key() and value() say',
    change: scanning(async (rows, visitor) => {
      const batch = batchOf(rows);
      batch.key = () => Buffer.from('another');
      await visitor.rows(batch);
    }),
  },
  {
    what: 'does not wait for the visitor',
    seenBy: 'a batch stays as it is, and no other one comes, until the visitor is done',
    change: scanning(async (rows, visitor) => {
      const half = rows.length >> 1;
      await Promise.all([
        visitor.rows(batchOf(rows.slice(0, half))),
        visitor.rows(batchOf(rows.slice(half))),
      ]);
      await visitor.end?.();
    }),
  },
  {
    what: 'uses a batch again while the visitor waits',
    seenBy: 'a batch stays as it is, and no other one comes, until the visitor is done',
    change: scanning(async (rows, visitor) => {
      const batch = batchOf(rows);
      const visiting = visitor.rows(batch);
      batch.keys.fill(0);
      await visiting;
      await visitor.end?.();
    }),
  },
  {
    what: 'shares one batch between scans',
    seenBy: 'several scans at once do not disturb each other',
    change: (snapshot) => {
      const batch = new RowArena();
      return {
        async scan(table, visitor) {
          const rows = await rowsOf(snapshot, table);
          batch.clear();
          for (const [key, value] of rows) batch.push(key, value);
          await visitor.rows(batch);
          await visitor.end?.();
        },
      };
    },
  },
  {
    what: 'ignores an abort',
    seenBy: 'an abort between two batches ends the scan',
    change: (snapshot) => ({ scan: (table, visitor) => snapshot.scan(table, visitor) }),
  },
  {
    what: 'starts an aborted scan',
    seenBy: 'a scan with an aborted signal visits nothing',
    change: (snapshot) => ({ scan: (table, visitor) => snapshot.scan(table, visitor) }),
  },
  {
    what: 'leaves a listener on the signal',
    seenBy: 'a scan leaves no listener on its signal',
    change: (snapshot) => ({
      scan(table, visitor, options) {
        options?.signal?.addEventListener('abort', () => undefined);
        return snapshot.scan(table, visitor, options);
      },
    }),
  },
  {
    what: 'swallows the error of a visitor',
    seenBy: 'an error of the visitor is the error of the scan',
    change: (snapshot) => ({
      scan: (table, visitor, options) => snapshot.scan(table, visitor, options).catch(() => undefined),
    }),
  },
  {
    what: 'fails on an unknown table',
    seenBy: 'an unknown table has no rows',
    change: (snapshot) => ({
      async scan(table, visitor, options) {
        if (!snapshot.tables.includes(table)) throw new Error('broken on purpose');
        await snapshot.scan(table, visitor, options);
      },
    }),
  },
  {
    what: 'finds the next row instead of none',
    seenBy: 'get finds every row, and no other',
    change: (snapshot) => ({
      get: async (table, key) => (await snapshot.get(table, key)) ?? (await rowsOf(snapshot, table))[0]?.[1],
    }),
  },
  {
    what: 'hands out its own bytes',
    seenBy: "the bytes of get are the caller's own",
    change: (snapshot) => {
      const kept = new Map<string, Uint8Array | undefined>();
      return {
        async get(table, key) {
          const id = `${table} ${Buffer.from(key).toString('hex')}`;
          if (!kept.has(id)) kept.set(id, await snapshot.get(table, key));
          return kept.get(id);
        },
      };
    },
  },
  {
    what: 'tells another sequence',
    seenBy: 'a snapshot tells its sequence, history and tables',
    change: (snapshot) => ({ sequence: snapshot.sequence + 1n }),
  },
  {
    what: 'reads on after close',
    seenBy: 'a closed snapshot gives nothing',
    change: () => ({ close: async () => undefined }),
  },
];

/** A source of two tables that a test spoils, and that is not frozen when `frozen` is false. */
export function sourceSubject(change: BrokenSource['change'] = () => ({}), frozen = true) {
  const many = Array.from({ length: 2500 }, (_, index) => ({
    key: Buffer.from(`key-${String(index).padStart(6, '0')}`),
    value: Buffer.from(`value ${index}`),
  }));
  const tables = new Map([
    ['many', many],
    ['few', many.slice(0, 3)],
  ]);
  const source = memorySource({
    sequence: 3n,
    tables: Object.fromEntries(
      [...tables].map(([name, rows]) => [name, rows.map(({ key, value }) => [key, value])]),
    ),
  });
  return {
    source: {
      openSnapshot(): SourceSnapshot {
        const snapshot = source.openSnapshot();
        const current = () => (frozen ? snapshot : source.openSnapshot());
        const whole: SourceSnapshot = {
          sequence: snapshot.sequence,
          tables: snapshot.tables,
          estimateRows: (table) => snapshot.estimateRows(table),
          scan: (table, visitor, options) => current().scan(table, visitor, options),
          get: (table, key) => current().get(table, key),
          close: () => snapshot.close(),
        };
        return { ...whole, ...change(whole) };
      },
    },
    sequence: 3n,
    tables,
    change: () => {
      source.set('many', 'new', 'row');
      source.set('few', 'key-000001', 'changed');
    },
    cleanup: async () => undefined,
  };
}
