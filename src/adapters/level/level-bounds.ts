import type { KeyRange } from '../../store/open-generation.ts';

/** Options of an iterator. */
export interface LevelBounds {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
  readonly reverse: boolean;
  /** -1 when there is no limit. */
  readonly limit: number;
}

/** The one lower and the one upper bound that say the same as all bounds of `range` together. */
export function levelBounds(range: KeyRange): LevelBounds {
  const { gt, gte, lt, lte, prefix, reverse = false, limit = Infinity } = range;
  const lower = highest(highest(gte, prefix), gt);
  const upper = lowest(lte, lowest(lt, prefix === undefined ? undefined : behindPrefix(prefix)));
  return {
    ...(lower === undefined ? {} : lower === gt ? { gt: lower } : { gte: lower }),
    ...(upper === undefined ? {} : upper === lte ? { lte: upper } : { lt: upper }),
    reverse,
    limit: limit === Infinity ? -1 : limit,
  };
}

/** Of two equal ones the second, as in `lowest`: the exclusive bounds come second. */
function highest(first: Uint8Array | undefined, second: Uint8Array | undefined): Uint8Array | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return Buffer.compare(first, second) > 0 ? first : second;
}

function lowest(first: Uint8Array | undefined, second: Uint8Array | undefined): Uint8Array | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return Buffer.compare(first, second) < 0 ? first : second;
}

/** The first byte string behind all that begin with `prefix`; `undefined` when there is none. */
function behindPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const last = prefix.findLastIndex((byte) => byte !== 0xff);
  if (last < 0) return undefined;
  const next = Buffer.from(prefix.subarray(0, last + 1));
  next[last] = (next[last] ?? 0) + 1;
  return next;
}
