import fc from 'fast-check';
import type { ReconOmTask } from '../../src/task/task.ts';
import { FollowedStore, type RowChange } from './followed-store.ts';

/** The keys that a table may have, and good values for them. */
export interface RawTable {
  readonly keys: readonly (Uint8Array | string)[];
  readonly values: readonly Uint8Array[];
}

/**
 * Follows random histories whose values are good ones, good ones that are cut off or have a bit turned, and plain garbage.
 * The delta law, and what is set aside, is checked after each delta. A failure tells fast-check's seed.
 */
export async function followRawHistories(
  tasks: () => readonly ReconOmTask[],
  tables: Readonly<Record<string, RawTable>>,
  numRuns: number,
): Promise<void> {
  const change: fc.Arbitrary<RowChange> = fc
    .constantFrom(...Object.entries(tables))
    .chain(([table, { keys, values }]) =>
      fc.tuple(fc.constant(table), fc.constantFrom(...keys), fc.option(rawValue(values), { nil: undefined })),
    );
  const delta = fc.array(change, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(delta, fc.array(delta, { minLength: 1, maxLength: 4 }), async (first, deltas) => {
      const rows = await FollowedStore.from(tasks(), Object.keys(tables), first);
      for (const changes of deltas) await rows.delta(...changes);
    }),
    { numRuns },
  );
}

function rawValue(values: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const good = fc.constantFrom(...values);
  const cut = fc.tuple(good, fc.nat(1000)).map(([value, at]) => value.subarray(0, at % (value.length + 1)));
  const turned = fc.tuple(good, fc.nat(10_000)).map(([value, bit]) => {
    const bytes = Uint8Array.from(value);
    const at = (bit >> 3) % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  });
  return fc.oneof(
    { arbitrary: good, weight: 4 },
    { arbitrary: turned, weight: 2 },
    cut,
    fc.uint8Array({ maxLength: 24 }),
  );
}
