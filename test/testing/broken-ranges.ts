import type { RowBytes } from '../../src/store/generation-writer.ts';
import type { KeyRange } from '../../src/store/open-generation.ts';
import { inOpened } from './broken-store.ts';
import type { Adapter, BrokenStore, Opened } from './broken-store.ts';

const BOUNDS = 'each bound of a range holds, alone and with others';
const MANY = 'getMany gives values in the order of its keys, missing and repeated ones too';
const FROZEN = 'frozen rows are those of one moment, whatever is applied later';

const inRange = (change: (range: KeyRange) => KeyRange): ((adapter: Adapter) => Adapter) =>
  inOpened((opened) => ({ rows: (table, range) => opened.rows(table, range && change(range)) }));

const inMany = (
  change: (
    keys: readonly Uint8Array[],
    get: (keys: readonly Uint8Array[]) => ReturnType<Opened['getMany']>,
  ) => ReturnType<Opened['getMany']>,
): ((adapter: Adapter) => Adapter) =>
  inOpened((opened) => ({ getMany: (table, keys) => change(keys, (some) => opened.getMany(table, some)) }));

const without = (range: KeyRange, name: keyof KeyRange): KeyRange =>
  Object.fromEntries(Object.entries(range).filter(([own]) => own !== name));

export const brokenRanges: readonly BrokenStore[] = [
  {
    what: 'takes gt for gte',
    seenBy: BOUNDS,
    change: inRange(({ gt, ...range }) => (gt === undefined ? range : { ...range, gte: gt })),
  },
  {
    what: 'takes gte for gt',
    seenBy: BOUNDS,
    change: inRange(({ gte, ...range }) => (gte === undefined ? range : { ...range, gt: gte })),
  },
  {
    what: 'takes lt for lte',
    seenBy: BOUNDS,
    change: inRange(({ lt, ...range }) => (lt === undefined ? range : { ...range, lte: lt })),
  },
  {
    what: 'takes lte for lt',
    seenBy: BOUNDS,
    change: inRange(({ lte, ...range }) => (lte === undefined ? range : { ...range, lt: lte })),
  },
  { what: 'ignores the prefix', seenBy: BOUNDS, change: inRange((range) => without(range, 'prefix')) },
  { what: 'ignores reverse', seenBy: BOUNDS, change: inRange((range) => without(range, 'reverse')) },
  { what: 'ignores the limit', seenBy: BOUNDS, change: inRange((range) => without(range, 'limit')) },
  {
    what: 'takes a limit of 0 for none',
    seenBy: BOUNDS,
    change: inRange((range) => (range.limit === 0 ? without(range, 'limit') : range)),
  },
  {
    what: 'lets a prefix stand for the other bounds',
    seenBy: BOUNDS,
    change: inRange((range) => (range.prefix === undefined ? range : without(without(range, 'gte'), 'lt'))),
  },
  {
    what: 'takes the limit from the wrong end when it is reversed',
    seenBy: BOUNDS,
    change: inOpened((opened) => ({
      async *rows(table, range = {}) {
        const { reverse = false, ...forwards } = range;
        const rows = (await Array.fromAsync(opened.rows(table, forwards))).flat();
        yield reverse ? rows.toReversed() : rows;
      },
    })),
  },
  {
    what: 'reverses batch by batch',
    seenBy: BOUNDS,
    change: inOpened((opened) => ({
      async *rows(table, range = {}) {
        const { reverse = false, limit = Infinity, ...bounds } = range;
        if (!reverse || limit !== Infinity) yield* opened.rows(table, range);
        else for await (const batch of opened.rows(table, bounds)) yield batch.toReversed();
      },
    })),
  },
  {
    what: 'gives values in the order of the stored keys',
    seenBy: MANY,
    change: inMany((keys, get) => get(keys.toSorted((left, right) => Buffer.compare(left, right)))),
  },
  {
    what: 'leaves missing values out',
    seenBy: MANY,
    change: inMany(async (keys, get) => (await get(keys)).filter((value) => value !== undefined)),
  },
  {
    what: 'gives a repeated key one value',
    seenBy: MANY,
    change: inMany((keys, get) =>
      get(keys.filter((key, index) => keys.findIndex((one) => Buffer.compare(one, key) === 0) === index)),
    ),
  },
  {
    what: 'hands out its own bytes of several rows',
    seenBy: 'bytes of ranges and frozen rows are the own of the one who asked',
    change: inOpened((opened) => {
      const kept = new Map<string, Uint8Array | undefined>();
      return {
        getMany: async (table, keys) => {
          const values = await opened.getMany(table, keys);
          return values.map((value, index) => {
            const name = `${table}/${Buffer.from(keys[index] ?? []).toString('hex')}`;
            if (!kept.has(name)) kept.set(name, value);
            return kept.get(name);
          });
        },
      };
    }),
  },
  {
    what: 'has frozen rows that move',
    seenBy: FROZEN,
    change: inOpened((opened) => ({
      freeze: () => ({ rows: (table) => opened.rows(table), close: async () => undefined }),
    })),
  },
  {
    what: 'freezes a table when it is first read',
    seenBy: FROZEN,
    change: inOpened((opened) => ({
      freeze: () => {
        const frozen = new Map<string, Promise<readonly (readonly RowBytes[])[]>>();
        return {
          async *rows(table) {
            const rows = frozen.get(table) ?? Array.fromAsync(opened.rows(table));
            frozen.set(table, rows);
            yield* await rows;
          },
          close: async () => undefined,
        };
      },
    })),
  },
  {
    what: 'reads frozen rows on after they are closed',
    seenBy: FROZEN,
    change: inOpened((opened) => ({
      freeze: () => {
        const frozen = opened.freeze();
        return { rows: (table) => frozen.rows(table), close: async () => undefined };
      },
    })),
  },
  {
    what: 'ends closed frozen rows quietly',
    seenBy: 'frozen rows stay over a switch, and end with their generation',
    change: inOpened((opened) => ({
      freeze: () => {
        const frozen = opened.freeze();
        return {
          async *rows(table) {
            try {
              yield* frozen.rows(table);
            } catch {
              // As if that were the end.
            }
          },
          close: () => frozen.close(),
        };
      },
    })),
  },
  {
    what: 'encodes keys in another way than rows',
    seenBy: 'encodeKey and decodeRow agree with encodeRow',
    change: (adapter) => ({
      ...adapter,
      encodeKey: (table, key, partial) =>
        Buffer.concat([adapter.encodeKey(table, key, partial), Buffer.alloc(1)]),
    }),
  },
  {
    what: 'decodes a row the other way round',
    seenBy: 'encodeKey and decodeRow agree with encodeRow',
    change: (adapter) => ({
      ...adapter,
      decodeRow: (table, row) => adapter.decodeRow(table, row).toReversed(),
    }),
  },
  {
    what: 'encodes keys of any table',
    seenBy: 'encodeKey refuses what is no key of the table with a TypeError',
    change: (adapter) => ({
      ...adapter,
      encodeKey: (table, key, partial) =>
        table === 'no-such-table' ? Buffer.from('k') : adapter.encodeKey(table, key, partial),
    }),
  },
  {
    what: 'takes more away each time that values are made comparable',
    seenBy: 'comparable takes nothing away twice, and changes no argument',
    change: (adapter) => ({ ...adapter, comparable: (_table, value) => value.subarray(1) }),
  },
  {
    what: 'changes the value that it makes comparable',
    seenBy: 'comparable takes nothing away twice, and changes no argument',
    change: (adapter) => ({ ...adapter, comparable: (_table, value) => value.fill(0) }),
  },
];
