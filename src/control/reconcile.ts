import type { FoundGeneration, StoreInspection } from '../store/store.ts';
import { isKept, type ControlRecord, type GenerationRecord, type SwitchRecord } from './control-record.ts';

/** Something that forbids opening, or that `diagnose()` tells. */
export interface Problem {
  readonly code: 'REPROCESS_CONTROL_CORRUPT' | 'REPROCESS_FOREIGN_DATA';
  readonly store: string;
  /** One sentence: what is wrong. */
  readonly message: string;
}

/**
 * Compares what the control record says with what the durable stores carry. LevelDB hides damage (a flipped byte in its
 * log silently drops the records behind it), so the record is believed only where the markers agree with it.
 *
 * Pure: decides nothing and changes nothing. An empty answer means that recovery may go on.
 */
export function reconcile(
  record: ControlRecord | undefined,
  inspections: ReadonlyMap<string, StoreInspection>,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [store, inspection] of inspections) {
    const tell = (code: Problem['code'], message: string): void => {
      problems.push({ code, store, message });
    };
    for (const sentence of inspection.foreign) tell('REPROCESS_FOREIGN_DATA', sentence);
    checkKnown(record, store, inspection, tell);
    checkFound(record, store, inspection, tell);
  }
  return problems;
}

type Tell = (code: Problem['code'], message: string) => void;

/** Everything that the record names must be there, with the marker that the record expects. */
function checkKnown(
  record: ControlRecord | undefined,
  store: string,
  inspection: StoreInspection,
  tell: Tell,
): void {
  const known = record?.stores[store]?.generations ?? {};
  for (const [number, generation] of Object.entries(known)) {
    if (record === undefined || generation.state !== 'ready') continue;
    const found = inspection.generations.find((one) => one.generation === Number(number));
    if (found === undefined) {
      if (!isKept(record, store, Number(number))) continue;
      tell(
        'REPROCESS_CONTROL_CORRUPT',
        `Generation ${number} of store '${store}' is recorded and is not there`,
      );
    } else {
      checkMarker(record, store, generation, found, tell);
    }
  }
  checkLive(record, store, inspection, tell);
}

function checkMarker(
  record: ControlRecord,
  store: string,
  recorded: GenerationRecord,
  found: FoundGeneration,
  tell: Tell,
): void {
  const name = `Generation ${String(found.generation)} of store '${store}'`;
  if (found.marker === undefined) {
    if (isAdopting(record, store, found.generation)) return;
    tell('REPROCESS_CONTROL_CORRUPT', `${name} has no readable marker`);
    return;
  }
  if (found.marker.homeId !== record.homeId) {
    tell('REPROCESS_FOREIGN_DATA', `${name} belongs to another data directory (${found.marker.homeId})`);
    return;
  }
  if (found.marker.store !== store || found.marker.generation !== found.generation) {
    const { store: markedStore, generation } = found.marker;
    tell(
      'REPROCESS_CONTROL_CORRUPT',
      `${name} carries the marker of generation ${String(generation)} of '${markedStore}'`,
    );
    return;
  }
  // An adoption that is begun anew meets the markers of the one that failed.
  if (isAdopting(record, store, found.generation)) return;
  const revision = found.marker.revision;
  if (revision === recorded.revision || switches(record.switching, store, found.generation, revision)) return;
  const relation = revision > recorded.revision ? 'newer' : 'older';
  tell(
    'REPROCESS_CONTROL_CORRUPT',
    `${name} is ${relation} than the control record (revision ${String(revision)}, recorded ${String(recorded.revision)})`,
  );
}

/** While a switch is unfinished its target carries the old revision or the new one. */
function switches(
  switching: SwitchRecord | null,
  store: string,
  generation: number,
  revision: number,
): boolean {
  return (
    switching?.participants.includes(store) === true &&
    switching.to.stores[store] === generation &&
    switching.revision === revision
  );
}

/** Data that the host brought has no marker until its adoption has ended. */
function isAdopting(record: ControlRecord, store: string, generation: number): boolean {
  return record.switching?.kind === 'adopt' && record.switching.to.stores[store] === generation;
}

/** A store that moves something at a switch must call the same generation live. */
function checkLive(
  record: ControlRecord | undefined,
  store: string,
  inspection: StoreInspection,
  tell: Tell,
): void {
  if (inspection.live === undefined) return;
  const allowed: (number | undefined)[] = [record?.live?.stores[store]];
  const switching = record?.switching;
  if (switching?.participants.includes(store) === true) {
    allowed.push(switching.to.stores[store], switching.from?.stores[store]);
  }
  if (allowed.includes(inspection.live)) return;
  tell(
    'REPROCESS_CONTROL_CORRUPT',
    `Store '${store}' has generation ${String(inspection.live)} live, the control record says ${String(allowed[0] ?? 'none')}`,
  );
}

/** Nothing may lie there that the record does not name. */
function checkFound(
  record: ControlRecord | undefined,
  store: string,
  inspection: StoreInspection,
  tell: Tell,
): void {
  const known = record?.stores[store]?.generations ?? {};
  for (const found of inspection.generations) {
    const name = `Generation ${String(found.generation)} of store '${store}'`;
    if (found.marker !== undefined && record !== undefined && found.marker.homeId !== record.homeId) {
      if (known[String(found.generation)]?.state === 'ready') continue;
      tell('REPROCESS_FOREIGN_DATA', `${name} belongs to another data directory (${found.marker.homeId})`);
    } else if (known[String(found.generation)] === undefined) {
      const why = record === undefined ? 'there is no control record' : 'the control record does not know it';
      tell('REPROCESS_CONTROL_CORRUPT', `${name} is there, but ${why}`);
    }
  }
}
