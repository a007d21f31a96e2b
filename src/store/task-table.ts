import type { RowBytes } from './generation-writer.ts';
import { checkKeys } from './expected.ts';
import type { KeyRange } from './open-generation.ts';
import type { StoreAdapter } from './store.ts';
import type { StoreTransaction } from './store-transaction.ts';
import type { TransactionBytes, TransactionRange, TransactionTable } from './transaction-table.ts';

const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'prefix'] as const;
const RANGE_KEYS: readonly string[] = [...BOUNDS, 'reverse', 'limit'];

/** One table of a store's transaction as a task has it, typed by the adapter. `check` throws once the task has ended. */
export function taskTable(transaction: StoreTransaction, table: string, check: () => void): TransactionTable {
  const { adapter } = transaction;
  const bytes = bytesOf(transaction, table, check);
  const valueOf = (key: Uint8Array, value: Uint8Array | undefined): unknown =>
    value === undefined ? undefined : adapter.decodeRow(table, { key, value }).at(-1);
  const getMany = async (keys: readonly unknown[]): Promise<unknown[]> => {
    check();
    const encoded = keys.map((key) => adapter.encodeKey(table, key, false));
    const values = await bytes.getMany(encoded);
    return encoded.map((key, index) => valueOf(key, values[index]));
  };
  return {
    bytes,
    getMany,
    get: async (key) => (await getMany([key]))[0],
    put(...row) {
      const { key, value } = adapter.encodeRow(table, row);
      bytes.put(key, value);
    },
    del(key) {
      bytes.del(adapter.encodeKey(table, key, false));
    },
    merge(...row) {
      const { key, value } = adapter.encodeRow(table, row);
      bytes.merge(key, value);
    },
    range: (range) => decoded(adapter, table, bytes.range(encodeRange(adapter, table, range))),
  };
}

function bytesOf(transaction: StoreTransaction, table: string, check: () => void): TransactionBytes {
  const getMany = async (keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> => {
    check();
    return transaction.getMany(table, keys);
  };
  return {
    getMany,
    get: async (key) => (await getMany([key]))[0],
    put(key, value) {
      check();
      transaction.put(table, key, value);
    },
    del(key) {
      check();
      transaction.del(table, key);
    },
    merge(key, value) {
      check();
      transaction.merge(table, key, value);
    },
    range(range) {
      check();
      return checked(transaction.range(table, range), check);
    },
  };
}

async function* checked(
  rows: AsyncIterable<RowBytes>,
  check: () => void,
): AsyncGenerator<RowBytes, void, undefined> {
  for await (const row of rows) {
    check();
    yield row;
  }
}

async function* decoded(
  adapter: StoreAdapter,
  table: string,
  rows: AsyncIterable<RowBytes>,
): AsyncGenerator<readonly unknown[], void, undefined> {
  for await (const row of rows) yield adapter.decodeRow(table, row);
}

function encodeRange(adapter: StoreAdapter, table: string, range: TransactionRange<unknown> = {}): KeyRange {
  checkKeys(range, RANGE_KEYS, 'range');
  const { reverse, limit } = range;
  const bounds: { [B in (typeof BOUNDS)[number]]?: Uint8Array } = {};
  for (const bound of BOUNDS) {
    if (range[bound] !== undefined) bounds[bound] = adapter.encodeKey(table, range[bound], true);
  }
  return {
    ...bounds,
    ...(reverse === undefined ? {} : { reverse }),
    ...(limit === undefined ? {} : { limit }),
  };
}
