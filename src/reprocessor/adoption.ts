import { resolve } from 'node:path';
import type { ControlRecord, GenerationRecord } from '../control/control-record.ts';
import { withGeneration, withStore } from '../control/record-changes.ts';
import { expected } from '../store/expected.ts';
import type { AdoptedGeneration } from '../store/store.ts';
import type { CheckedOptions } from './options.ts';
import type { TaskIdentities } from './open-engine.ts';

/** The number of an adopted generation. */
const ADOPTED = 1;

/** The durable stores that `adopt` takes over: all of them, as one switch. */
function adoptedStores(options: CheckedOptions): readonly string[] {
  const names = Object.keys(options.stores).filter((name) => options.stores[name]?.supports.durable === true);
  for (const name of names) {
    if (options.stores[name]?.supports.adopt === true) continue;
    throw expected('adopt', `left out, since store '${name}' cannot take existing data over`, options.adopt);
  }
  for (const name of Object.keys(options.adopt?.locations ?? {})) {
    if (!names.includes(name)) throw expected('adopt.locations', `for the stores ${names.join(', ')}`, name);
  }
  const locations = Object.values(options.adopt?.locations ?? {}).map((location) =>
    resolve(String(location)),
  );
  const twice = locations.find((location, index) => locations.indexOf(location) !== index);
  if (twice !== undefined) throw expected('adopt.locations', 'another one for each store', twice);
  return names;
}

/** Whether existing data was being taken over when the directory was last open. */
export function isUnfinishedAdoption(record: ControlRecord): boolean {
  return record.switching?.kind === 'adopt';
}

/** Where the adopted generation of a store lies: as recorded, else as the host says for a fresh directory. */
export function adoptedGeneration(
  options: CheckedOptions,
  record: ControlRecord | undefined,
  store: string,
): AdoptedGeneration | undefined {
  if (record === undefined) {
    if (options.adopt === undefined) return undefined;
    const location: string | undefined = new Map(Object.entries(options.adopt.locations ?? {})).get(store);
    return { generation: ADOPTED, location: location === undefined ? undefined : resolve(location) };
  }
  for (const [generation, known] of Object.entries(record.stores[store]?.generations ?? {})) {
    if (known.adopted !== undefined) {
      return { generation: Number(generation), location: known.adopted.location ?? undefined };
    }
  }
  return undefined;
}

/**
 * A fresh directory's record with existing data as generation 1: the record comes first, as the intent of a switch, then
 * recovery writes the markers and the outcome.
 */
export function withAdoption(
  record: ControlRecord,
  options: CheckedOptions,
  identities: TaskIdentities,
): ControlRecord {
  const { adopt } = options;
  if (adopt === undefined) return record;
  const stores = adoptedStores(options);
  let next: ControlRecord = { ...record, lastGeneration: ADOPTED };
  for (const store of stores) {
    const adapter = options.stores[store];
    if (adapter === undefined) continue;
    const location = adoptedGeneration(options, undefined, store)?.location ?? null;
    const generation: GenerationRecord = {
      state: 'ready',
      revision: 0,
      sequence: adopt.sequence.toString(),
      history: adopt.history ?? null,
      rows: {},
      tasks: identities(store),
      adopted: { location, keep: adopt.discard !== true },
    };
    next = withStore(next, store, {
      kind: adapter.kind,
      location: adapter.location ?? null,
      durable: adapter.supports.durable,
      tables: adapter.tables.map(({ name }) => name),
    });
    next = withGeneration(next, { store, generation: ADOPTED }, generation);
  }
  const to = { generation: ADOPTED, stores: Object.fromEntries(stores.map((store) => [store, ADOPTED])) };
  // The first write gives the record revision 1, which is the switch's.
  const switching = {
    decision: 'intent',
    kind: 'adopt',
    revision: record.revision + 1,
    from: null,
    to,
  } as const;
  return { ...next, switching: { ...switching, participants: stores } };
}
