import { expect, test } from 'vitest';
import { buildGeneration, lease, openTotals, switchOf, toldGeneration } from './totals-store.ts';

test('stages, writes, prepares, commits, reads, undoes', async () => {
  const store = await openTotals();
  expect(await store.inspect()).toEqual({ generations: [], live: undefined, foreign: [] });
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  const first = await store.openGeneration(1);
  const { reader } = lease(first);
  expect(await toldGeneration(reader)).toBe(1);
  expect(await reader.selectFrom('summary').selectAll().execute()).toEqual([{ total: 20, days: 20 }]);
  await buildGeneration(store, 2);
  const second = await store.openGeneration(2);
  expect(await toldGeneration(lease(second).reader)).toBe(2);
  await store.commit(switchOf(1, 2));
  expect(await toldGeneration(reader)).toBe(1);
  expect(await toldGeneration(lease(second).reader)).toBe(2);
  expect(await first.count('day')).toBe(20);
  await store.undo(switchOf(1, 2));
  expect(await toldGeneration(reader)).toBe(1);
  expect(await toldGeneration(lease(second).reader)).toBe(2);
  await store.commit(switchOf(1, 2));
  await first.close();
  await store.discard(1);
  expect(await store.inspect()).toMatchObject({
    live: 2,
    foreign: [],
    generations: [{ generation: 2, state: 'ready' }],
  });
  expect(await toldGeneration(lease(second).reader)).toBe(2);
});
