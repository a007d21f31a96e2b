import { controlCorrupt, parseFormat } from './durable-json.ts';

/** The write batch that was applied last. @public */
export interface AppliedBatch {
  readonly first: bigint;
  readonly last: bigint;
  /** Of its bytes as they were sent, in hexadecimal. */
  readonly sha256: string;
}

/** What a copy knows of itself; written in one batch with the rows that it speaks of. */
export interface OverlayState {
  readonly id: string;
  readonly history: string;
  readonly leader: string | undefined;
  /** The sequence of the checkpoint. */
  readonly base: bigint;
  /** Applied so far. */
  readonly sequence: bigint;
  readonly lastBatch: AppliedBatch | undefined;
  /** By how many rows each table has grown since the checkpoint. */
  readonly growth: Readonly<Record<string, number>>;
}

export function encodeState(state: OverlayState): Uint8Array {
  const text = JSON.stringify({ format: 1, ...state }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return Buffer.from(text, 'utf8');
}

/** @throws StagedReprocessError `REPROCESS_FORMAT_NEWER`, `REPROCESS_CONTROL_CORRUPT`. */
export function decodeState(bytes: Uint8Array, place: string): OverlayState {
  const value: Readonly<Record<string, unknown>> = {
    ...parseFormat(place, Buffer.from(bytes).toString('utf8')),
  };
  const text = (given: unknown): string => {
    if (typeof given === 'string') return given;
    throw controlCorrupt(place);
  };
  const whole = (given: unknown): bigint => {
    if (!/^\d{1,20}$/.test(text(given))) throw controlCorrupt(place);
    return BigInt(text(given));
  };
  const { lastBatch, growth, leader } = value;
  const batch = lastBatch === undefined ? undefined : objectOf(lastBatch, place);
  return {
    id: text(value['id']),
    history: text(value['history']),
    leader: leader === undefined ? undefined : text(leader),
    base: whole(value['base']),
    sequence: whole(value['sequence']),
    lastBatch: batch && {
      first: whole(batch['first']),
      last: whole(batch['last']),
      sha256: text(batch['sha256']),
    },
    growth: Object.fromEntries(
      Object.entries(objectOf(growth, place)).map(([table, rows]) => {
        if (typeof rows !== 'number') throw controlCorrupt(place);
        return [table, rows];
      }),
    ),
  };
}

function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw controlCorrupt(place);
}
