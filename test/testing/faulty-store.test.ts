import { expect, test } from 'vitest';
import { memoryStore } from '../../src/adapters/memory/index.ts';
import { faultyStore } from '../../src/testing/index.ts';

const context = {
  storeName: 'words',
  homeId: 'home-1',
  directory: undefined,
  adopted: undefined,
  onBackgroundError: () => undefined,
};

const batch = (applied: string) => ({
  writes: [{ table: 'words', rows: [{ key: Buffer.from('a'), value: Buffer.from(applied) }] }],
  applied,
});

async function readyStore() {
  const faulty = faultyStore(
    memoryStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: 'utf8' } } }),
  );
  const store = await faulty.adapter.open(context);
  const writer = await store.stage(1);
  await writer.finish();
  await store.prepare(1);
  return { faulty, store, opened: await store.openGeneration(1) };
}

test('a batch that fails is not applied, or only its acknowledgement is lost', async () => {
  const { faulty, store, opened } = await readyStore();
  faulty.arm({ failOn: 0 });
  await expect(store.apply(1, batch('one'))).rejects.toThrow('Injected fault: apply (call 0)');
  expect(await opened.applied()).toBeUndefined();
  faulty.arm({ failOn: ({ name }) => name === 'apply', after: true });
  await expect(store.apply(1, batch('two'))).rejects.toThrow('Injected fault');
  expect(await opened.applied()).toBe('two');
  expect(faulty.failed).toEqual([{ index: 0, name: 'apply' }]);
});

test('every way of reading is counted and can fail', async () => {
  const { faulty, store, opened } = await readyStore();
  await store.apply(1, batch('one'));
  const key = Buffer.from('a');
  const ways: readonly (readonly [name: string, way: () => Promise<unknown>])[] = [
    ['open.count', () => opened.count('words')],
    ['open.get', () => opened.get('words', key)],
    ['open.getMany', () => opened.getMany('words', [key])],
    ['open.rows', async () => Array.fromAsync(opened.rows('words', { prefix: key }))],
    ['open.applied', () => opened.applied()],
    ['open.freeze', async () => opened.freeze().close()],
    ['frozen.rows', async () => Array.fromAsync(opened.freeze().rows('words'))],
    ['frozen.close', async () => opened.freeze().close()],
  ];
  for (const [name, way] of ways) {
    faulty.arm();
    await way();
    expect(faulty.calls.map((call) => call.name)).toContain(name);
    faulty.arm({ failOn: (call) => call.name === name });
    await expect(way(), name).rejects.toThrow(`Injected fault: ${name}`);
  }
});
