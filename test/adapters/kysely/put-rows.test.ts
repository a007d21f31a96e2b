import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOf } from './batch-of.ts';
import { log, openRanks, ranks, row, type Ranks } from './ranks-store.ts';

test.for([
  ['traded', (at: number) => at ^ 1],
  ['moved up by one', (at: number) => at + 1],
  ['moved down by one', (at: number) => at - 1],
  ['passed around a ring', (at: number) => (at + 1) % 1000],
] as const)('a thousand values of a unique index are %s', async ([, move]) => {
  const adapter = ranks([log('d', 'after', 'delete'), log('i', 'after', 'insert')]);
  const { open, apply } = await openRanks(adapter);
  const before = Array.from({ length: 1000 }, (_, id) => row(id, id));
  await apply({ put: before });
  const after = before.map(({ id }) => row(id, move(id)));
  await apply({ put: after });
  expect(await rowsOf(adapter, open, 'player')).toEqual(after);
  // No row was deleted on the way.
  expect(await open.count('log')).toBe(1000);
});

test('a row that waits for another one fires its triggers once', async () => {
  const adapter = ranks([log('u', 'after', 'update')]);
  const { open, apply } = await openRanks(adapter);
  await apply({ put: [row(1, 1), row(2, 2), row(3, 3)] });
  await apply({ put: [row(1, 2), row(2, 3), row(3, 4)] });
  await apply({ put: [row(1, 1), row(2, 2), row(3, 3)] });
  expect(await open.count('log')).toBe(6);
});

test('a value that a row outside the batch holds is refused', async () => {
  const { open, apply } = await openRanks();
  await apply({ put: [row(1, 1), row(2, 2), row(3, 3)] });
  await expect(apply({ put: [row(1, 2), row(2, 3)] })).rejects.toMatchObject({
    code: 'REPROCESS_STORE_FAILED',
    cause: { code: 'SQLITE_CONSTRAINT_UNIQUE' },
  });
  await expect(apply({ put: [row(4, 4), row(5, 4)] })).rejects.toThrow('UNIQUE');
  expect(await open.count('player')).toBe(3);
  await apply({ put: [row(1, 3)], del: [{ id: 3 }] });
  expect(await open.count('player')).toBe(2);
});

test('any change from one valid state to another is applied', async () => {
  const adapter = ranks();
  const { open, apply } = await openRanks(adapter);
  const state = fc
    .uniqueArray(fc.nat({ max: 9 }), { maxLength: 8 })
    .chain((ids) =>
      fc.record({
        ids: fc.constant(ids),
        ranks: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
        seats: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
        name: fc.constantFrom(null, 'n'),
      }),
    )
    .map(({ ids, ranks: given, seats, name }) =>
      ids.map((id, at) => row(id, given[at] ?? 0, name, BigInt(seats[at] ?? 0))).sort((a, b) => a.id - b.id),
    );
  let held: Ranks['player'][] = [];
  await fc.assert(
    fc.asyncProperty(state, async (next) => {
      const gone = held.filter(({ id }) => !next.some((one) => one.id === id)).map(({ id }) => ({ id }));
      const put = next.filter(
        (one) => !held.some((old) => JSON.stringify(plain(old)) === JSON.stringify(plain(one))),
      );
      await apply({ put, del: gone });
      held = next;
      expect(await rowsOf(adapter, open, 'player')).toEqual(next);
    }),
    { numRuns: 150, verbose: true },
  );
});

function plain(one: Ranks['player']): object {
  return { ...one, seat: String(one.seat) };
}
