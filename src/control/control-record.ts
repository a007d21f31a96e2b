import { createHash } from 'node:crypto';
import { StagedReprocessError } from '../errors.ts';

/** The newest format that this version reads and writes. */
export const CONTROL_FORMAT = 1;

/** One task as it was when a generation was built. */
export interface TaskIdentity {
  readonly version: number;
  readonly dataOptions: Readonly<Record<string, unknown>>;
}

/** One generation of one store. */
export interface GenerationRecord {
  /** `discarding` is recorded before anything is deleted, and forgotten after. */
  readonly state: 'staged' | 'ready' | 'discarding';
  /** Revision of the switch that last made it live; 0 while it never was. Its marker says the same. */
  readonly revision: number;
  /**
   * Sequence of its snapshot, decimal; once a switch has moved away from it, or to it, the sequence that it had reached then.
   * The store itself knows better.
   */
  readonly sequence: string;
  readonly history: string | null;
  /** The host's cursor at `sequence`, encoded. */
  readonly cursor?: string | null;
  /** Rows a table, for the shrink guard. */
  readonly rows: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, TaskIdentity>>;
  /** Set for a generation that the host brought; `keep` when it must never be discarded. */
  readonly adopted?: { readonly location: string | null; readonly keep: boolean };
}

export interface StoreRecord {
  readonly kind: string;
  readonly location: string | null;
  /** Whether its data outlives the process that wrote this. */
  readonly durable: boolean;
  readonly tables: readonly string[];
  readonly generations: Readonly<Record<string, GenerationRecord>>;
}

/** The generations that are, were or will be live together. Its number is that of the run that made it. */
export interface SetRecord {
  readonly generation: number;
  readonly stores: Readonly<Record<string, number>>;
}

/** A switch that was decided (`intent`), or taken back (`abort`), and is not finished. */
export interface SwitchRecord {
  readonly decision: 'intent' | 'abort';
  /** `adopt` writes markers into data that the host brought, where the others commit. */
  readonly kind: 'switch' | 'rollback' | 'adopt';
  readonly revision: number;
  readonly from: SetRecord | null;
  readonly to: SetRecord;
  /** The durable stores whose generation changes, in the order of their commits. */
  readonly participants: readonly string[];
}

/** All that must survive: rewritten whole at each change. */
export interface ControlRecord {
  readonly format: 1;
  readonly homeId: string;
  readonly revision: number;
  /** The number of the last run; numbers are never used again. */
  readonly lastGeneration: number;
  readonly stores: Readonly<Record<string, StoreRecord>>;
  readonly live: SetRecord | null;
  /** Set by the first switch of a host that sends deltas: whatever becomes of the log, going back would lose changes. */
  readonly followsDeltas?: true;
  /** Newest first. */
  readonly retained: readonly SetRecord[];
  readonly switching: SwitchRecord | null;
  /** Checksum of the run history that was written with this record; `null` while there is none. */
  readonly runsChecksum: string | null;
}

export function newControlRecord(homeId: string): ControlRecord {
  return {
    format: CONTROL_FORMAT,
    homeId,
    revision: 0,
    lastGeneration: 0,
    stores: {},
    live: null,
    retained: [],
    switching: null,
    runsChecksum: null,
  };
}

/** Every set that names generations which must not be discarded. */
export function keptSets(record: ControlRecord): readonly SetRecord[] {
  const sets = [...record.retained];
  if (record.live !== null) sets.push(record.live);
  if (record.switching !== null) {
    sets.push(record.switching.to);
    if (record.switching.from !== null) sets.push(record.switching.from);
  }
  return sets;
}

/** Whether some kept set names this generation of the store. */
export function isKept(record: ControlRecord, store: string, generation: number): boolean {
  return keptSets(record).some((set) => set.stores[store] === generation);
}

export function encodeControlRecord(record: ControlRecord): string {
  const body = JSON.stringify(record);
  return `${checksum(body)} ${body}`;
}

/**
 * @throws StagedReprocessError `REPROCESS_CONTROL_CORRUPT` when the bytes are not what was written,
 * `REPROCESS_FORMAT_NEWER` when a newer version wrote them.
 */
export function decodeControlRecord(text: string): ControlRecord {
  const space = text.indexOf(' ');
  const body = text.slice(space + 1);
  if (space < 0 || text.slice(0, space) !== checksum(body)) {
    throw new StagedReprocessError(
      'REPROCESS_CONTROL_CORRUPT',
      'The control record does not match its checksum',
    );
  }
  const record: unknown = JSON.parse(body);
  if (!isControlRecord(record)) {
    throw new StagedReprocessError(
      'REPROCESS_FORMAT_NEWER',
      `The control record has a format that this version does not know (it knows ${String(CONTROL_FORMAT)})`,
      { details: { supported: CONTROL_FORMAT } },
    );
  }
  return record;
}

/** The checksum has proved that the text is our own; only its format is in question. */
function isControlRecord(value: unknown): value is ControlRecord {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === CONTROL_FORMAT;
}

export function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
