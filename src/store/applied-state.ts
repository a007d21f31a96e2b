import { StagedReprocessError } from '../errors.ts';
import type { TableLayout } from './store.ts';

/** How far the data of one generation has got. Lies in the store, written with the data. */
export interface AppliedState {
  /** Everything up to and with it is in the data. */
  readonly sequence: bigint;
  readonly history: string | undefined;
  /** The host's cursor at `sequence`, encoded; `undefined` when it is not known there. */
  readonly cursor: string | undefined;
  /** Rows a table, where they are known. */
  readonly rows: Readonly<Record<string, number>>;
  /** Set when changes before `sequence` are missing, as was accepted once when it was gone back to. */
  readonly lost?: true;
}

export function encodeApplied(state: AppliedState): string {
  return JSON.stringify({ format: 1, ...state, sequence: state.sequence.toString() });
}

/** @throws StagedReprocessError `REPROCESS_STORE_CORRUPT` */
export function decodeApplied(store: string, text: string): AppliedState {
  try {
    const value: unknown = JSON.parse(text);
    if (isApplied(value)) {
      const { history, cursor, rows, lost } = value;
      const state = { sequence: BigInt(value.sequence), history, cursor, rows };
      return lost === true ? { ...state, lost } : state;
    }
  } catch {
    // Told below.
  }
  throw new StagedReprocessError(
    'REPROCESS_STORE_CORRUPT',
    `The applied sequence of store '${store}' cannot be read`,
    { details: { store } },
  );
}

interface AppliedText {
  readonly sequence: string;
  readonly history: string | undefined;
  readonly cursor: string | undefined;
  readonly rows: Readonly<Record<string, number>>;
  readonly lost?: unknown;
}

function isApplied(value: unknown): value is AppliedText {
  if (typeof value !== 'object' || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  const isTextOrNone = (name: string): boolean => ['string', 'undefined'].includes(typeof field(name));
  const rows = field('rows');
  return (
    field('format') === 1 &&
    typeof field('sequence') === 'string' &&
    isTextOrNone('history') &&
    isTextOrNone('cursor') &&
    typeof rows === 'object' &&
    rows !== null
  );
}

/** Row counts after a batch. Of tables that are not counted, or whose store changes them by itself, none is kept. */
export function rowsAfter(
  rows: AppliedState['rows'],
  added: ReadonlyMap<string, number>,
  layouts: readonly TableLayout[],
): AppliedState['rows'] {
  const own = layouts.filter(({ changesItself }) => changesItself === true).map(({ name }) => name);
  return Object.fromEntries(
    Object.entries(rows)
      .filter(([table]) => !own.includes(table))
      .map(([table, count]) => [table, count + (added.get(table) ?? 0)]),
  );
}
