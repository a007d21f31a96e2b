import { describe, expect, it } from 'vitest';
import { FileSizeCountTaskFSO, FileSizeCountTaskOBS } from '../../../src/recon/index.ts';
import { taskSuite, type SeededRandom } from '../../../src/testing/index.ts';
import { keyInfo } from '../../ozone/protobuf/ozone-records.ts';
import { FollowedStore } from '../followed-store.ts';
import { keyedModel } from '../keyed-model.ts';
import { fileCounts } from '../om-rows.ts';
import { followRawHistories } from '../raw-histories.ts';
import { reconStores } from '../recon-stores.ts';

const TABLES = ['fileTable', 'keyTable'];
const SIZES = [0, 1024, 1025, 2048, 1n << 49n, (1n << 50n) - 1n, 1n << 50n, (1n << 63n) - 1n];
const tasks = () => [new FileSizeCountTaskFSO(), new FileSizeCountTaskOBS()];
const file = (size: number | bigint, bucket = 'b'): Uint8Array => keyInfo({ volume: 'v', bucket, size });

describe('the file size counters after deltas', () => {
  it('count what both counters change under one key, and have no row for 0', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [['fileTable', '/1/2/3/f', file(5)]]);
    const run = await rows.delta(['keyTable', '/v/b/k', file(6)], ['keyTable', '/v/b/l', file(5000)]);
    expect(fileCounts(run)).toEqual({ 'v/b/1024': 2n, 'v/b/8192': 1n });
    await rows.delta(['fileTable', '/1/2/3/f'], ['keyTable', '/v/b/k'], ['keyTable', '/v/b/l', file(4097)]);
    expect(rows.stored('FILE_COUNT_BY_SIZE')).toEqual([
      { volume: 'v', bucket: 'b', file_size: 8192n, count: 1n },
    ]);
  });

  it('Recon 7.2 #13: two deletes of one key count once', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [
      ['keyTable', '/v/b/k', file(5)],
      ['keyTable', '/v/b/l', file(5)],
    ]);
    const event = { sequence: 9n, table: 'keyTable', key: Buffer.from('/v/b/k'), before: file(5) };
    const run = await rows.events(event, event);
    expect(fileCounts(run)).toEqual({ 'v/b/1024': 1n });
  });

  it('Recon 7.5 #39: no deficit is forgotten, as there is none: a bad value never counted', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [['keyTable', '/v/b/k', file(-1)]]);
    expect(fileCounts(await rows.delta(['keyTable', '/v/b/k', file(5)]))).toEqual({ 'v/b/1024': 1n });
    expect(fileCounts(await rows.delta(['keyTable', '/v/b/k', 'garbage']))).toEqual({});
    expect(fileCounts(await rows.delta(['keyTable', '/v/b/k']))).toEqual({});
  });

  it('move a key from one bucket and size to another, whose names are those in the record', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [['fileTable', '/1/2/3/f', file(5)]]);
    expect(fileCounts(await rows.delta(['fileTable', '/1/2/3/f', file(2048, 'c')]))).toEqual({
      'v/c/2048': 1n,
    });
  });

  it('count names together that read the same without being good UTF-8', async () => {
    const named = (byte: number) => keyInfo({ size: 1, bucket: 'b', more: [Uint8Array.of(10, 1, byte)] });
    const rows = await FollowedStore.from(tasks(), TABLES, [['keyTable', 'k', named(0xfe)]]);
    expect(fileCounts(await rows.delta(['keyTable', 'l', named(0xff)]))).toEqual({ '\u{fffd}/b/1024': 2n });
    expect(fileCounts(await rows.delta(['keyTable', 'k'], ['keyTable', 'l']))).toEqual({});
  });

  it('obey the delta law in histories with any values', async () => {
    const values = [...SIZES, -1].map((size) => file(size));
    await followRawHistories(
      tasks,
      {
        fileTable: { keys: ['/1/2/3/f', '/1/2/3/g', ''], values },
        keyTable: { keys: ['/v/b/k', '/v/b/l', ''], values: [...values, file(5, 'c'), file(5, '')] },
      },
      300,
    );
  });
});

const value = (random: SeededRandom): Uint8Array =>
  keyInfo({
    volume: random.pick(['v', 'w']),
    bucket: random.pick(['b', 'c', 'd']),
    size: random.pick(SIZES),
  });

taskSuite(
  { describe, it },
  {
    name: 'the file size counters',
    stores: { stats: reconStores().stats },
    tasks,
    model: keyedModel({
      fileTable: { keys: ['f1', 'f2', 'f3', 'f4'], value },
      keyTable: { keys: ['k1', 'k2', 'k3', 'k4'], value },
    }),
    order: 'across-keys',
    histories: 120,
    hostedHistories: 3,
    operationsPerHistory: 10,
  },
);
