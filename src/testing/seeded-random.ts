/**
 * Random numbers that a seed repeats. Not for secrets.
 *
 * @public
 */
export interface SeededRandom {
  readonly seed: number;
  /** From 0 up to and without 1. */
  next(): number;
  /** An integer from 0 up to and without `bound`. */
  below(bound: number): number;
  bytes(length: number): Uint8Array;
  /** One of `items`; throws `RangeError` when there is none. */
  pick<T>(items: readonly T[]): T;
  /** A copy of `items` in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * Makes random numbers from `seed` (its lower 32 bits). A failing test prints the seed, and passes it in again.
 *
 * @public
 */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  // The generator "mulberry32": 32 bits of state, every value once in a period.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    seed,
    next,
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick<T>(items: readonly T[]): T {
      for (const item of items.slice(below(items.length))) return item;
      throw new RangeError('There is nothing to pick from');
    },
    shuffled<T>(items: readonly T[]): T[] {
      return items
        .map((item) => ({ item, order: next() }))
        .sort((left, right) => left.order - right.order)
        .map(({ item }) => item);
    },
  };
}
