import { describe, expect, it } from 'vitest';
import { OmTableInsightTask } from '../../../src/recon/index.ts';
import { keyInfo, repeatedKeyInfo } from '../../ozone/protobuf/ozone-records.ts';
import { FollowedStore, type RowChange } from '../followed-store.ts';
import { globalStats } from '../om-rows.ts';
import { ecSize, legacy, part, partKey, split } from './multipart-rows.ts';

const UPLOADS = 'multipartInfoTable';
const PARTS = 'multipartPartsTable';

async function from(...rows: readonly RowChange[]): Promise<FollowedStore> {
  return FollowedStore.from([new OmTableInsightTask({ now: () => 5 })], [UPLOADS, PARTS], rows);
}

/** The sizes of the uploads after a delta, which `delta` holds against a rebuild. */
async function sizes(rows: FollowedStore, ...changes: readonly RowChange[]): Promise<(bigint | undefined)[]> {
  const stats = globalStats(await rows.delta(...changes));
  return [stats['multipartInfoTableUnReplicatedDataSize'], stats['multipartInfoTableReplicatedDataSize']];
}

describe('OmTableInsightTask after deltas', () => {
  it('Recon 7.4 #31, 7.5 #39: a row of deletedTable that changes, and one of many keys that goes', async () => {
    const list = (...lengths: number[]) => repeatedKeyInfo(...lengths.map((size) => keyInfo({ size })));
    const rows = await from(['deletedTable', 'a', list(1, 2)], ['deletedTable', 'b', list()]);
    const run = await rows.delta(['deletedTable', 'a', list(2, 3, 4)], ['deletedTable', 'b']);
    expect(globalStats(run)).toMatchObject({
      deletedTableCount: 3n,
      deletedTableUnReplicatedDataSize: 9n,
      deletedTableReplicatedDataSize: 27n,
    });
    expect(globalStats(await rows.delta(['deletedTable', 'a']))).toMatchObject({
      deletedTableCount: 0n,
      deletedTableUnReplicatedDataSize: 0n,
      deletedTableReplicatedDataSize: 0n,
    });
  });

  it('Recon 7.2 #12: a task that failed half-way keeps nothing of it', async () => {
    const task = new OmTableInsightTask();
    const rows = await FollowedStore.from([task], ['openKeyTable']);
    const event = {
      sequence: 1n,
      table: 'openKeyTable',
      key: Buffer.from('a'),
      after: keyInfo({ size: 5 }),
    };
    const failing = {
      table: () => {
        throw new Error('disk');
      },
      signal: new AbortController().signal,
      quarantine: () => undefined,
      finding: () => undefined,
      seek: () => undefined,
      seekPositions: new Map(),
    };
    await expect(task.process({ after: 0n, through: 1n, events: [event] }, failing)).rejects.toThrow('disk');
    expect(globalStats(await rows.events(event))).toMatchObject({ openKeyTableCount: 1n });
  });

  it('Recon 7.2 #13: two deletes of one key count once', async () => {
    const value = keyInfo({ size: 5 });
    const rows = await from(['openKeyTable', 'a', value], ['openKeyTable', 'b', value]);
    const event = { sequence: 9n, table: 'openKeyTable', key: Buffer.from('a'), before: value };
    expect(globalStats(await rows.events(event, event))).toMatchObject({
      openKeyTableCount: 1n,
      openKeyTableUnReplicatedDataSize: 5n,
      openKeyTableReplicatedDataSize: 15n,
    });
  });

  it('has the rows of a table that is new, even when nothing stays in it', async () => {
    const rows = await from();
    const run = await rows.delta(
      ['openFileTable', 'a', 'garbage'],
      ['someTable', 'a', 'x'],
      ['someTable', 'a'],
    );
    expect(globalStats(run)).toMatchObject({ openFileTableReplicatedDataSize: 0n, someTableCount: 0n });
    expect(globalStats(await rows.delta(['default', 'a', 'x']))).not.toHaveProperty('defaultCount');
  });

  it('wraps sizes at 64 bits and comes back', async () => {
    const huge = keyInfo({ size: (1n << 63n) - 1n });
    const rows = await from(['openKeyTable', 'a', huge]);
    const run = await rows.delta(['openKeyTable', 'b', huge]);
    expect(globalStats(run)['openKeyTableUnReplicatedDataSize']).toBe(-2n);
    await rows.delta(['openKeyTable', 'a']);
    await rows.delta(['openKeyTable', 'b', keyInfo({ size: 1 })]);
  });

  it('adds the parts of legacy uploads, which come and go with them', async () => {
    const rows = await from([UPLOADS, '/v/b/k/u', legacy(5)]);
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u', legacy(5, 7)])).toEqual([12n, 36n]);
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u'])).toEqual([0n, 0n]);
  });

  it('adds parts of split uploads, whichever comes first, and takes them away with either', async () => {
    const rows = await from();
    expect(await sizes(rows, [PARTS, partKey('u', 47), part(10)])).toEqual([0n, 0n]);
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u', split.three])).toEqual([10n, 30n]);
    expect(await sizes(rows, [PARTS, partKey('u', 47), part(4)])).toEqual([4n, 12n]);
    expect(await sizes(rows, [PARTS, partKey('u', 1), part(1)], [PARTS, partKey('u', 47)])).toEqual([1n, 3n]);
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u'])).toEqual([0n, 0n]);
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u', split.one], [PARTS, partKey('u', 1)])).toEqual([0n, 0n]);
  });

  it('counts all parts anew when their upload is replicated in another way, erasure coded ones one by one', async () => {
    const parts = [1n, 1_500_000n, 3_145_733n, 1_500_000n];
    const rows = await from(
      [UPLOADS, '/v/b/k/u', split.three],
      ...parts.map((size, index) => [PARTS, partKey('u', index), part(size)] as const),
    );
    const sum = parts.reduce((one, other) => one + other);
    const coded = parts.map(ecSize).reduce((one, other) => one + other);
    expect(coded).not.toBe(ecSize(sum));
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u', split.ec])).toEqual([sum, coded]);
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u', split.alone])).toEqual([sum, sum]);
    expect(await sizes(rows, [UPLOADS, '/v/b/k/u', legacy(2)])).toEqual([2n, 6n]);
  });

  it('lets the upload with the greatest row key win where several have one id', async () => {
    const rows = await from([PARTS, partKey('u', 1), part(10)], [UPLOADS, '/v/b/k/u', split.one]);
    expect(await sizes(rows, [UPLOADS, '/v/b/a/u', split.three])).toEqual([10n, 10n]);
    expect(await sizes(rows, [UPLOADS, '/v/b/z/u', split.three])).toEqual([10n, 30n]);
    expect(await sizes(rows, [UPLOADS, '/v/b/z/u'], [UPLOADS, '/v/b/k/u'])).toEqual([10n, 30n]);
    expect(rows.stored('OM_SPLIT_UPLOADS')).toHaveLength(1);
  });

  it('writes the rows that change, and no others', async () => {
    let time = 1;
    const rows = await FollowedStore.from([new OmTableInsightTask({ now: () => time })], ['openKeyTable']);
    time = 2;
    await rows.delta(['openKeyTable', 'a', keyInfo({ size: 0 })]);
    expect(rows.stored('GLOBAL_STATS')).toEqual([
      { key: 'openKeyTableCount', value: 1n, last_updated_timestamp: 2 },
      { key: 'openKeyTableReplicatedDataSize', value: 0n, last_updated_timestamp: 1 },
      { key: 'openKeyTableUnReplicatedDataSize', value: 0n, last_updated_timestamp: 1 },
    ]);
  });
});
