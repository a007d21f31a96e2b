import { checkKeys, expected } from './expected.ts';
import type { Table, TableRange } from './table.ts';

/** A checked range, its bounds as bytes of encoded keys. */
export interface ByteRange {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
  readonly reverse: boolean;
  /** `Infinity` when there is no limit. */
  readonly limit: number;
}

const RANGE_KEYS: readonly string[] = ['gt', 'gte', 'lt', 'lte', 'reverse', 'limit'];

/** Checks and encodes the range of an iteration. Throws `TypeError` on unknown keys and wrong values. */
export function encodeTableRange(table: Table, range: TableRange<unknown> = {}): ByteRange {
  checkKeys(range, RANGE_KEYS, 'range');
  const { reverse = false, limit = Infinity }: { readonly reverse?: unknown; readonly limit?: unknown } =
    range;
  if (typeof reverse !== 'boolean') throw expected('reverse', 'a boolean', reverse);
  if (typeof limit !== 'number' || !(limit >= 0) || !(limit === Infinity || Number.isSafeInteger(limit))) {
    throw expected('limit', 'an integer of at least 0, or Infinity', limit);
  }
  return {
    ...bound(table, range, 'gt', 'gte'),
    ...bound(table, range, 'lt', 'lte'),
    reverse,
    limit,
  };
}

function bound<Open extends 'gt' | 'lt', Closed extends 'gte' | 'lte'>(
  table: Table,
  range: TableRange<unknown>,
  open: Open,
  closed: Closed,
): { readonly [B in Open | Closed]?: Uint8Array } {
  if (range[open] !== undefined && range[closed] !== undefined) {
    throw expected(open, `left out beside \`${closed}\``, range[open]);
  }
  const side = range[open] === undefined ? closed : open;
  const key = range[side];
  const bounds: { [B in Open | Closed]?: Uint8Array } = {};
  if (key !== undefined) bounds[side] = table.key.encode(key);
  return bounds;
}
