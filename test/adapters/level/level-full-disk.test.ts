import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { smallDisk } from '../../process/full-disk.ts';
import { batchOf, ready, wordsOf, type Store } from '../memory/applying-subject.ts';
import { openLevelStore } from './level-home.ts';

const disk = smallDisk(32 << 20);
if (disk === undefined)
  process.stderr.write('No file system can be mounted here: full disks are not tested\n');
afterAll(() => {
  disk?.unmount();
});

const REFUSED = {
  code: 'REPROCESS_STORE_FAILED',
  details: { store: 'search', step: 'apply', generation: 1 },
};

/** Far more than what is left on the disk, so that the record is written half-way. */
async function applyTooMuch(store: Store): Promise<void> {
  const rows = [{ key: Buffer.from('much'), value: Buffer.alloc(1 << 20, 0x31) }];
  const failed = store.apply(1, { applied: 'too much', writes: [{ table: 'words', rows }] });
  await expect(failed).rejects.toMatchObject(REFUSED);
}

test.skipIf(disk === undefined).each(['while readers have it open', 'while nobody reads'])(
  'a disk that is full %s loses no batch that was acknowledged later',
  async (how) => {
    if (disk === undefined) return;
    const home = join(disk.path, how.replaceAll(' ', '-'));
    disk.leave(undefined);
    let store = await openLevelStore(home);
    await ready(store, 1, { blue: 1, green: 2 });
    await store.apply(1, batchOf('one', { red: 3 }));
    const reader = how.includes('readers') ? await store.openGeneration(1) : undefined;
    const view = reader?.view(() => undefined, { frozen: true });
    const underWay = view?.reader.table('words').keys();
    expect(await underWay?.next()).toBe(reader === undefined ? undefined : 'blue');

    disk.leave(16 << 10);
    await applyTooMuch(store);
    // Still full: refused, without LevelDB ending in a state that it could not leave.
    await expect(store.apply(1, batchOf('two', { red: 4 }))).rejects.toMatchObject(REFUSED);
    expect(await reader?.applied()).toBe(reader === undefined ? undefined : 'one');

    disk.leave(undefined);
    await store.apply(1, batchOf('three', { red: 5 }));
    await store.apply(1, batchOf('four', { green: undefined }));
    if (reader !== undefined) {
      expect(await wordsOf(reader)).toEqual({ blue: 1, red: 5 });
      expect(await underWay?.all()).toEqual(['green', 'red']);
      expect(await view?.reader.table('words').get('red')).toBe(3);
      await reader.close();
    }
    await store.close();

    store = await openLevelStore(home);
    const again = await store.openGeneration(1);
    expect(await wordsOf(again)).toEqual({ blue: 1, red: 5 });
    expect(await again.applied()).toBe('four');
    await again.close();
    await store.close();
  },
);

test.skipIf(disk === undefined)('a marker goes behind no torn batch either', async () => {
  if (disk === undefined) return;
  const home = join(disk.path, 'marker');
  disk.leave(undefined);
  let store = await openLevelStore(home);
  await ready(store, 1, { blue: 1 });
  disk.leave(16 << 10);
  await applyTooMuch(store);
  const change = { from: undefined, fromRevision: 0, to: 1, toRevision: 0, revision: 3 };
  await expect(store.commit(change)).rejects.toThrow();
  disk.leave(undefined);
  await store.commit(change);
  await store.apply(1, batchOf('one', { red: 1 }));
  await store.close();
  store = await openLevelStore(home);
  expect((await store.inspect()).generations[0]?.marker?.revision).toBe(3);
  const open = await store.openGeneration(1);
  expect(await open.applied()).toBe('one');
  await open.close();
  await store.close();
});
