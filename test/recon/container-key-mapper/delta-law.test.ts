import { describe, expect, it } from 'vitest';
import { ContainerKeyMapperTaskFSO, ContainerKeyMapperTaskOBS } from '../../../src/recon/index.ts';
import { taskSuite, type SeededRandom } from '../../../src/testing/index.ts';
import { keyInfo } from '../../ozone/protobuf/ozone-records.ts';
import { FollowedStore } from '../followed-store.ts';
import { keyedModel } from '../keyed-model.ts';
import { containerCounts, containerKeys } from '../om-rows.ts';
import { followRawHistories } from '../raw-histories.ts';
import { reconStores } from '../recon-stores.ts';

const TABLES = ['fileTable', 'keyTable'];
/** Rows of the first lie between rows of the others: `_` comes after `-`, `/`, digits and capitals. */
const NEIGHBOURS = ['key1', 'key', 'key1-', 'key1/x', 'key10', 'key1A', 'key1_', 'key1a'];
const tasks = () => [new ContainerKeyMapperTaskFSO(), new ContainerKeyMapperTaskOBS()];
const inContainers = (...containers: (number | bigint)[]): Uint8Array =>
  keyInfo({ groups: [{ version: 0, containers }] });

describe('the container key mappers after deltas', () => {
  it('Recon 7.5 #37: deleting a key leaves its neighbours in the order of bytes alone', async () => {
    const rows = await FollowedStore.from(
      tasks(),
      TABLES,
      NEIGHBOURS.map((key) => ['keyTable', key, inContainers(5, 7)] as const),
    );
    const run = await rows.delta(['keyTable', 'key1']);
    expect(containerKeys(run).filter((text) => text.startsWith('key1@'))).toEqual([]);
    expect(containerCounts(run)).toEqual({ 5: 7n, 7: 7n });
    expect(containerCounts(await rows.delta(...NEIGHBOURS.map((key) => ['keyTable', key] as const)))).toEqual(
      {},
    );
  });

  it('Recon 7.5 #37: an overwritten key leaves its old containers', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [['fileTable', '/1/2/3/f', inContainers(5, 7)]]);
    const run = await rows.delta(['fileTable', '/1/2/3/f', inContainers(7, 9)]);
    expect(containerKeys(run)).toEqual(['/1/2/3/f@0 in 7', '/1/2/3/f@0 in 9']);
    expect(containerCounts(run)).toEqual({ 7: 1n, 9: 1n });
  });

  it('Recon 7.5 #37: a key that is deleted and put again in one delta keeps its mappings', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [['keyTable', '/v/b/k', inContainers(5)]]);
    const run = await rows.delta(
      ['keyTable', '/v/b/k'],
      ['keyTable', '/v/b/k', inContainers(5, 6)],
      ['keyTable', '/v/b/l', inContainers(5)],
    );
    expect(containerCounts(run)).toEqual({ 5: 2n, 6: 1n });
  });

  it('Recon 7.2 #13: two deletes of one key count once', async () => {
    const value = inContainers(5);
    const rows = await FollowedStore.from(tasks(), TABLES, [
      ['keyTable', '/v/b/k', value],
      ['keyTable', '/v/b/l', value],
    ]);
    const event = { sequence: 9n, table: 'keyTable', key: Buffer.from('/v/b/k'), before: value };
    expect(containerCounts(await rows.events(event, event))).toEqual({ 5: 1n });
  });

  it('count what both mappers change in one container, and have no row for 0', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [
      ['fileTable', '/1/2/3/f', inContainers(5, 1n << 40n)],
    ]);
    expect(containerCounts(await rows.delta(['keyTable', '/v/b/k', inContainers(5)]))).toEqual({
      5: 2n,
      [String(1n << 40n)]: 1n,
    });
    await rows.delta(['fileTable', '/1/2/3/f'], ['keyTable', '/v/b/k']);
    expect(rows.stored('containerKeyCountTable')).toEqual([]);
  });

  it('keep versions of a key apart, and a container with several blocks together', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [
      ['keyTable', 'k', keyInfo({ groups: [{ version: 0, containers: [5, 5, 6] }] })],
    ]);
    const groups = [
      { version: 0, containers: [6] },
      { version: 1, containers: [5, 5] },
      { version: -1, containers: [6] },
    ];
    const run = await rows.delta(['keyTable', 'k', keyInfo({ groups })]);
    expect(containerKeys(run)).toEqual(['k@0 in 6', 'k@1 in 5', 'k@-1 in 6']);
    expect(containerCounts(run)).toEqual({ 5: 1n, 6: 2n });
  });

  it('tell versions and containers apart whatever their bits are', async () => {
    const all = [
      { version: 0, containers: [5, 0x8000_0005, 0x1_0000_0005] },
      { version: 0x8000_0000, containers: [5] },
      { version: 1n << 40n, containers: [5] },
      { version: -1, containers: [6] },
    ];
    const rows = await FollowedStore.from(tasks(), TABLES, [['keyTable', 'k', keyInfo({ groups: all })]]);
    for (const without of all) {
      await rows.delta(['keyTable', 'k', keyInfo({ groups: all.filter((group) => group !== without) })]);
    }
    expect(rows.stored('containerKeyTable')).toHaveLength(5);
  });

  it('map nothing of a record with an impossible container', async () => {
    const rows = await FollowedStore.from(tasks(), TABLES, [['keyTable', 'k', inContainers(5)]]);
    expect(containerCounts(await rows.delta(['keyTable', 'k', inContainers(5, -6)]))).toEqual({});
    expect(containerCounts(await rows.delta(['keyTable', 'k', inContainers(5)]))).toEqual({ 5: 1n });
  });

  it('obey the delta law in histories with any values', async () => {
    const values = [[], [5], [5, 6], [6, 7, 7], [5, -6], [1n << 62n]].map((ids) => inContainers(...ids));
    values.push(
      keyInfo({
        groups: [
          { version: 2, containers: [5] },
          { version: 0, containers: [5, 6] },
        ],
      }),
    );
    await followRawHistories(
      tasks,
      {
        fileTable: { keys: ['/1/2/3/f', '/1/2/3/f0', '/1/2/3/f_'], values },
        keyTable: { keys: [...NEIGHBOURS, Uint8Array.of(0xff, 0x5f), ''], values },
      },
      300,
    );
  });
});

function value(random: SeededRandom): Uint8Array {
  const group = () => ({
    version: random.pick([0, 0, 1, 2]),
    containers: Array.from({ length: random.below(4) }, () => random.pick([1, 2, 3, 0x1_0000_0001])),
  });
  return keyInfo({ groups: Array.from({ length: random.below(3) }, group) });
}

taskSuite(
  { describe, it },
  {
    name: 'the container key mappers',
    stores: { containers: reconStores().containers },
    tasks,
    model: keyedModel({
      fileTable: { keys: ['/1/2/3/f', '/1/2/3/f0', '/1/2/3/f_'], value },
      keyTable: { keys: NEIGHBOURS, value },
    }),
    order: 'across-keys',
    histories: 120,
    hostedHistories: 3,
    operationsPerHistory: 10,
  },
);
