import {
  isKept,
  type ControlRecord,
  type GenerationRecord,
  type SetRecord,
  type StoreRecord,
  type SwitchRecord,
} from './control-record.ts';

/** Names one generation of one store. */
export interface GenerationName {
  readonly store: string;
  readonly generation: number;
}

/** Adds or replaces what the record says of a store, keeping its generations. */
export function withStore(
  record: ControlRecord,
  name: string,
  store: Omit<StoreRecord, 'generations'>,
): ControlRecord {
  const generations = record.stores[name]?.generations ?? {};
  return { ...record, stores: { ...record.stores, [name]: { ...store, generations } } };
}

/** Adds or replaces one generation. */
export function withGeneration(
  record: ControlRecord,
  name: GenerationName,
  generation: GenerationRecord,
): ControlRecord {
  const store = record.stores[name.store];
  if (store === undefined) throw new Error(`The control record does not know store '${name.store}'`);
  const generations = { ...store.generations, [String(name.generation)]: generation };
  return { ...record, stores: { ...record.stores, [name.store]: { ...store, generations } } };
}

/** Forgets generations whose discard has ended. */
export function withoutGenerations(record: ControlRecord, names: readonly GenerationName[]): ControlRecord {
  const stores: Record<string, StoreRecord> = { ...record.stores };
  for (const { store, generation } of names) {
    const known = stores[store];
    if (known === undefined) continue;
    const { [String(generation)]: forgotten, ...generations } = known.generations;
    if (forgotten !== undefined) stores[store] = { ...known, generations };
  }
  return { ...record, stores };
}

export function generationOf(record: ControlRecord, name: GenerationName): GenerationRecord | undefined {
  return record.stores[name.store]?.generations[String(name.generation)];
}

/** Every generation that the record names. */
export function allGenerations(
  record: ControlRecord,
): readonly (GenerationName & { readonly record: GenerationRecord })[] {
  return Object.entries(record.stores).flatMap(([store, { generations }]) =>
    Object.entries(generations).map(([number, generation]) => ({
      store,
      generation: Number(number),
      record: generation,
    })),
  );
}

/**
 * The outcome: `to` is live, `from` retained as the newest, at most `retain` sets kept. What no kept set names any more
 * is recorded as being discarded in the same write, so that a crash leaves nothing that nobody knows of.
 */
export function withOutcome(record: ControlRecord, switching: SwitchRecord, retain: number): ControlRecord {
  const others = record.retained.filter((set) => set.generation !== switching.to.generation);
  const { from, to } = switching;
  // A set that the new one only adds to (a volatile store rebuilt after a restart) is no way back, and must not push one out.
  const previous = from === null || isPartOf(from, to) ? others : [from, ...others];
  const next: ControlRecord = {
    ...record,
    live: switching.to,
    retained: previous.slice(0, retain),
    switching: null,
  };
  return discardUnkept(withSwitchedRevisions(next, switching));
}

function withSwitchedRevisions(record: ControlRecord, switching: SwitchRecord): ControlRecord {
  let next = record;
  for (const [store, generation] of Object.entries(switching.to.stores)) {
    const known = generationOf(next, { store, generation });
    if (known === undefined) continue;
    const revision = switching.participants.includes(store) ? switching.revision : known.revision;
    next = withGeneration(next, { store, generation }, { ...known, state: 'ready', revision });
  }
  return next;
}

/** The end of an abort, of a failed run or of a recovery: nothing is being switched, staged data goes. */
export function withoutSwitch(record: ControlRecord): ControlRecord {
  return discardUnkept({ ...record, switching: null });
}

/** Marks every generation that no kept set names, unless its host wants it kept. */
export function discardUnkept(record: ControlRecord): ControlRecord {
  let next = record;
  for (const { store, generation, record: known } of allGenerations(record)) {
    if (known.state === 'discarding' || known.adopted?.keep === true) continue;
    if (isKept(record, store, generation)) continue;
    next = withGeneration(next, { store, generation }, { ...known, state: 'discarding' });
  }
  return next;
}

/** Drops the retained sets beyond `retain`, for a host that wants fewer of them than before. */
export function withRetained(record: ControlRecord, retain: number): ControlRecord {
  return discardUnkept({ ...record, retained: record.retained.slice(0, retain) });
}

/** Whether `whole` has every generation of `part`. */
function isPartOf(part: SetRecord, whole: SetRecord): boolean {
  return Object.entries(part.stores).every(([store, generation]) => whole.stores[store] === generation);
}
