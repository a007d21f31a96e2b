import { isUint8Array } from 'node:util/types';
import type { TableDefinitions, TableReader, TableRows } from '../store/table.ts';
import type { StoreSuiteTable } from './store/subject.ts';

/**
 * The table of a key-value store for the store suite: reads it by its iterator, and tries to write by every name that
 * abstract-level knows, on everything that a reader can get hold of. `partialKeys` gives beginnings of a row's key.
 *
 * @public
 */
export function keyValueTable<T extends TableDefinitions, N extends Extract<keyof T, string>>(
  name: N,
  row: (index: number, variant: number) => TableRows<T>[N],
  partialKeys?: (index: number) => readonly TableRows<T>[N][0][],
): StoreSuiteTable<TableReader<T>> {
  return {
    name,
    row,
    key: (index) => row(index, 0)[0],
    ...(partialKeys === undefined ? {} : { partialKeys }),
    read: (reader) => reader.table(name).iterator(),
    async tamper(reader) {
      const table = reader.table(name);
      const [first] = await table.iterator({ limit: 1 }).all();
      if (first === undefined) return;
      const [key, value] = first;
      const iterator = table.iterator();
      for (const target of within(table, iterator, reader)) {
        await attempt(target, 'put', [key, value]);
        await attempt(target, 'del', [key]);
        await attempt(target, 'batch', [[{ type: 'del', key }]]);
        await attempt(target, 'clear', []);
      }
      await iterator.close();
      for (const bytes of [key, value, await table.get(key)]) {
        if (isUint8Array(bytes)) bytes.fill(0);
      }
    },
  };
}

/** The objects given, and those that they hold under a name of their own or of their class. */
function within(...objects: readonly object[]): Set<object> {
  const found = new Set<object>(objects);
  for (const object of objects) {
    for (
      let holder: unknown = object;
      typeof holder === 'object' && holder !== null;
      holder = Object.getPrototypeOf(holder)
    ) {
      if (holder === Object.prototype) break;
      for (const name of Object.getOwnPropertyNames(holder)) {
        const held = propertyOf(object, name);
        if (typeof held === 'object' && held !== null) found.add(held);
      }
    }
  }
  return found;
}

function propertyOf(object: object, name: string): unknown {
  try {
    return Reflect.get(object, name);
  } catch {
    return undefined;
  }
}

async function attempt(target: object, method: string, args: readonly unknown[]): Promise<void> {
  const call: unknown = propertyOf(target, method);
  if (typeof call !== 'function') return;
  try {
    await Reflect.apply(call, target, args);
  } catch {
    // Refused, as it should be; the suite looks whether anything changed.
  }
}
