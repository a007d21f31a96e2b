import { describe, expect, it } from 'vitest';
import { FSO, LEGACY, OBS } from '../../ozone/protobuf/ozone-records.ts';
import { summaries, summary } from '../om-rows.ts';
import { FollowedNamespace, type Change } from './followed-namespace.ts';
import { bucket, gone, key, marker } from './source-rows.ts';

const bytes = (files: number, size: number): object => ({
  numOfFiles: files,
  sizeOfFiles: BigInt(size),
  replicatedSizeOfFiles: BigInt(size * 3),
});
const legacy = bucket('l', 1, LEGACY);

async function rowsOf(namespace: FollowedNamespace) {
  return summaries(await namespace.rebuild());
}

describe('a delta of LEGACY rows', () => {
  const withMarker = {
    1: summary({ ...bytes(1, 10), childDir: [2n] }),
    2: summary({ ...bytes(1, 10), dirName: 'd', parentId: 1n }),
  };

  it.each([
    ['marker first', [marker('l/d/', 2), key('l/d/k', 10)]],
    ['key first', [key('l/d/k', 10), marker('l/d/', 2)]],
  ] satisfies [string, Change[]][])(
    'takes a marker and a key below it in one delta or two, the %s',
    async (_, changes) => {
      const together = await FollowedNamespace.from([legacy]);
      expect(await together.delta(...changes)).toEqual([]);
      expect(await rowsOf(together)).toEqual(withMarker);
      const apart = await FollowedNamespace.from([legacy]);
      for (const change of changes) await apart.delta(change);
      expect(await rowsOf(apart)).toEqual(withMarker);
    },
  );

  it('books orphans on the bucket while their marker is missing, keys and markers', async () => {
    const namespace = await FollowedNamespace.from([legacy, marker('l/d/', 2), key('l/d/k', 10)]);
    expect(await namespace.delta(marker('l/d/e/', 3), key('l/d/e/k', 100), key('l/x/k', 1000))).toEqual([
      'legacy-orphan: keyTable /v/l/x/k',
    ]);
    await namespace.delta(gone(marker('l/d/', 2)));
    expect(await rowsOf(namespace)).toEqual({
      1: summary({ ...bytes(3, 1110), childDir: [3n] }),
      3: summary({ ...bytes(1, 100), dirName: 'd/e', parentId: 1n }),
    });
    await namespace.delta(marker('l/d/', 4));
    expect(await rowsOf(namespace)).toEqual({
      1: summary({ ...bytes(3, 1110), childDir: [4n] }),
      3: summary({ ...bytes(1, 100), dirName: 'd/e', parentId: 4n }),
      4: summary({ ...bytes(2, 110), childDir: [3n], dirName: 'd', parentId: 1n }),
    });
  });

  it('counts a marker that is overwritten once', async () => {
    const namespace = await FollowedNamespace.from([legacy, marker('l/d/', 2), key('l/d/k', 10)]);
    await namespace.delta(key('l/d/', 7, 2));
    expect(await rowsOf(namespace)).toEqual(withMarker);
  });

  it('lets a marker make way for a directory with its object id, and come back', async () => {
    const namespace = await FollowedNamespace.from([legacy, marker('l/d/', 2), key('l/d/k', 10)]);
    const other = marker('l/a/', 2);
    expect(await namespace.delta(other)).toEqual([
      'Another bucket or directory has the same object id: keyTable /v/l/d/',
    ]);
    expect(await rowsOf(namespace)).toEqual({
      1: summary({ ...bytes(1, 10), childDir: [2n] }),
      2: summary({ dirName: 'a', parentId: 1n }),
    });
    await namespace.delta(gone(other));
    expect(await rowsOf(namespace)).toEqual(withMarker);
  });

  it('forgets that a marker counted when it gets another object id as its bucket goes', async () => {
    const namespace = await FollowedNamespace.from([legacy, marker('l/d/', 2), key('l/d/k', 10)]);
    await namespace.delta(gone(legacy), marker('l/d/', 3));
    expect(await rowsOf(namespace)).toEqual({});
    await namespace.delta(legacy);
    expect((await rowsOf(namespace))[3]).toEqual(summary({ ...bytes(1, 10), dirName: 'd', parentId: 1n }));
  });

  it('without file-system paths takes markers for keys, and says so', async () => {
    const namespace = await FollowedNamespace.from([legacy], { filesystemPaths: false });
    expect(await namespace.delta(key('l/d/', 1), key('l/d/k', 10))).toEqual([
      'legacy-directory-marker: keyTable /v/l/d/',
    ]);
    await namespace.delta(gone(key('l/d/', 1)));
    expect(await rowsOf(namespace)).toEqual({ 1: summary(bytes(1, 10)) });
  });
});

describe('a delta of buckets and their keys', () => {
  const keys = [marker('l/d/', 2), key('l/d/k', 10), key('l/k', 100), marker('l/x/y/', 3), key('l/x/y/k', 5)];

  it.each([
    ['LEGACY', LEGACY],
    ['OBJECT_STORE', OBS],
    ['FILE_SYSTEM_OPTIMIZED', FSO],
  ])(
    'deletes a bucket and creates it anew as %s, in one delta or two, its keys left behind',
    async (_, layout) => {
      const again = bucket('l', 9, layout);
      const wanted = {
        [LEGACY]: {
          2: summary({ ...bytes(1, 10), dirName: 'd', parentId: 9n }),
          3: summary({ ...bytes(1, 5), dirName: 'x/y', parentId: 9n }),
          9: summary({ ...bytes(3, 115), childDir: [2n, 3n] }),
        },
        [OBS]: { 9: summary(bytes(5, 115)) },
        [FSO]: {},
      }[layout];
      const together = await FollowedNamespace.from([legacy, ...keys]);
      await together.delta(gone(legacy), again);
      expect(await rowsOf(together)).toEqual(wanted);
      const apart = await FollowedNamespace.from([legacy, ...keys]);
      await apart.delta(gone(legacy));
      expect(await rowsOf(apart)).toEqual({});
      await apart.delta(again);
      expect(await rowsOf(apart)).toEqual(wanted);
    },
  );

  it('deletes a bucket with all its keys and creates it anew with others', async () => {
    const namespace = await FollowedNamespace.from([legacy, ...keys]);
    await namespace.delta(...keys.map(gone), gone(legacy), bucket('l', 9, OBS), key('l/new', 7));
    expect(await rowsOf(namespace)).toEqual({ 9: summary(bytes(1, 7)) });
  });

  it('keeps keys that come before their bucket, and says that it is missing', async () => {
    const namespace = await FollowedNamespace.from([]);
    expect(await namespace.delta(key('o/k', 10), ['keyTable', 'k', key('o/k', 1)[2]])).toEqual([
      'The key has not the form /volume/bucket/key: keyTable k',
      'There is no good row of its bucket: keyTable /v/o/k',
    ]);
    expect(await namespace.delta(bucket('o', 5, OBS))).toEqual([]);
    expect(await rowsOf(namespace)).toEqual({ 5: summary(bytes(1, 10)) });
    await namespace.delta(gone(key('o/k', 10)));
    expect(await rowsOf(namespace)).toEqual({});
  });

  it('gives no keys to a bucket whose key is not /volume/bucket', async () => {
    const namespace = await FollowedNamespace.from([legacy, marker('l/d/', 2), key('l/d/k', 10)]);
    await namespace.delta(['bucketTable', '/v', bucket('', 2, OBS)[2]]);
    expect(await rowsOf(namespace)).toEqual({ 1: summary(bytes(1, 10)) });
    await namespace.delta(['bucketTable', '/v']);
    expect((await rowsOf(namespace))[2]).toMatchObject({ dirName: 'd', parentId: 1n });
  });

  it('says that an FSO bucket keeps no keys in keyTable', async () => {
    const namespace = await FollowedNamespace.from([bucket('f', 5, FSO)]);
    expect(await namespace.delta(key('f/k', 10))).toEqual([
      'Its bucket is FILE_SYSTEM_OPTIMIZED and keeps no keys here: keyTable /v/f/k',
    ]);
    expect(await rowsOf(namespace)).toEqual({});
  });

  it('lets the first of two buckets with one object id have its keys', async () => {
    const other = bucket('a', 1, OBS);
    const namespace = await FollowedNamespace.from([legacy, key('l/k', 100), key('a/k', 1)]);
    expect(await namespace.delta(other)).toEqual(['Another bucket has the same object id: bucketTable /v/l']);
    expect(await rowsOf(namespace)).toEqual({ 1: summary(bytes(1, 1)) });
    await namespace.delta(gone(other));
    expect(await rowsOf(namespace)).toEqual({ 1: summary(bytes(1, 100)) });
  });
});
