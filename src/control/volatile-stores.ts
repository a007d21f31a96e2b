import type { ControlRecord, SetRecord, StoreRecord } from './control-record.ts';

/** The record without the stores whose data died with the process: they are rebuilt, and no set names them. */
export function withoutVolatile(record: ControlRecord): ControlRecord {
  const volatile = new Set(
    Object.keys(record.stores).filter((name) => record.stores[name]?.durable === false),
  );
  if (volatile.size === 0) return record;
  const strip = (set: SetRecord): SetRecord => ({ ...set, stores: without(set.stores, volatile) });
  const { switching } = record;
  return {
    ...record,
    stores: without<StoreRecord>(record.stores, volatile),
    live: record.live === null ? null : strip(record.live),
    retained: record.retained.map(strip),
    switching:
      switching === null
        ? null
        : {
            ...switching,
            from: switching.from === null ? null : strip(switching.from),
            to: strip(switching.to),
            participants: switching.participants.filter((store) => !volatile.has(store)),
          },
  };
}

function without<T>(
  entries: Readonly<Record<string, T>>,
  names: ReadonlySet<string>,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => !names.has(name)));
}
