import { describe, expect, it } from 'vitest';
import { FSO } from '../../ozone/protobuf/ozone-records.ts';
import { summaries, summary } from '../om-rows.ts';
import { FollowedNamespace, type Change } from './followed-namespace.ts';
import { bucket, directory, file, gone } from './source-rows.ts';

const bytes = (files: number, size: number): object => ({
  numOfFiles: files,
  sizeOfFiles: BigInt(size),
  replicatedSizeOfFiles: BigInt(size * 3),
});

/** Bucket 1 with directories 2 and 3, directory 4 in 2, and a file in 2 and 4. */
const tree = [
  bucket('b', 1, FSO),
  directory(1, 'two', 2),
  directory(1, 'three', 3),
  directory(2, 'four', 4),
  file(2, 'f', 10),
  file(4, 'g', 100),
];

async function rowsOf(namespace: FollowedNamespace) {
  return summaries(await namespace.rebuild());
}

describe.each([
  ['as it is written', (changes: Change[]) => changes],
  ['the other way round', (changes: Change[]) => changes.toReversed()],
])('a delta of FSO rows, %s', (_, ordered) => {
  it('moves a directory with all that is below it', async () => {
    const namespace = await FollowedNamespace.from(tree);
    await namespace.delta(...ordered([gone(directory(1, 'two', 2)), directory(3, 'moved', 2)]));
    expect(await rowsOf(namespace)).toEqual({
      1: summary({ ...bytes(2, 110), childDir: [3n] }),
      2: summary({ ...bytes(2, 110), childDir: [4n], dirName: 'moved', parentId: 3n }),
      3: summary({ ...bytes(2, 110), childDir: [2n], dirName: 'three', parentId: 1n }),
      4: summary({ ...bytes(1, 100), dirName: 'four', parentId: 2n }),
    });
  });

  it('renames a directory within its parent, with a file that comes and one that goes', async () => {
    const namespace = await FollowedNamespace.from(tree);
    const changes = [
      gone(directory(2, 'four', 4)),
      directory(2, 'vier', 4),
      gone(file(4, 'g', 100)),
      file(4, 'h', 1),
      file(4, 'i', 1),
    ];
    await namespace.delta(...ordered(changes));
    expect((await rowsOf(namespace))[4]).toEqual(summary({ ...bytes(2, 2), dirName: 'vier', parentId: 2n }));
    expect((await rowsOf(namespace))[1]).toMatchObject(bytes(3, 12));
  });

  it('swaps a directory with the one below it', async () => {
    const namespace = await FollowedNamespace.from(tree);
    const changes = [
      gone(directory(1, 'two', 2)),
      gone(directory(2, 'four', 4)),
      directory(1, 'four', 4),
      directory(4, 'two', 2),
    ];
    await namespace.delta(...ordered(changes));
    expect((await rowsOf(namespace))[4]).toEqual(
      summary({ ...bytes(2, 110), childDir: [2n], dirName: 'four', parentId: 1n }),
    );
    expect((await rowsOf(namespace))[2]).toMatchObject(bytes(1, 10));
  });

  it('takes a soft-deleted directory out of its parent, and purges it', async () => {
    const namespace = await FollowedNamespace.from(tree);
    await namespace.delta(gone(directory(1, 'two', 2)));
    expect(await rowsOf(namespace)).toEqual({
      1: summary({ childDir: [3n] }),
      2: summary({ ...bytes(2, 110), childDir: [4n] }),
      3: summary({ dirName: 'three', parentId: 1n }),
      4: summary({ ...bytes(1, 100), dirName: 'four', parentId: 2n }),
    });
    await namespace.delta(
      ...ordered([gone(file(2, 'f', 10)), gone(directory(2, 'four', 4)), gone(file(4, 'g', 100))]),
    );
    expect(Object.keys(await rowsOf(namespace))).toEqual(['1', '3']);
  });
});

describe('a delta of FSO rows', () => {
  it('gives an empty bucket no row, and takes the row of one that becomes empty', async () => {
    const namespace = await FollowedNamespace.from([bucket('b', 1, FSO)]);
    await namespace.delta(file(1, 'f', 5));
    expect(await rowsOf(namespace)).toEqual({ 1: summary(bytes(1, 5)) });
    await namespace.delta(gone(file(1, 'f', 5)));
    expect(await rowsOf(namespace)).toEqual({});
  });

  it('books an overwritten file anew, also in another bin or directory', async () => {
    const namespace = await FollowedNamespace.from(tree);
    const [table, rowKey] = file(2, 'f', 0);
    await namespace.delta([table, rowKey, file(3, 'f', 1n << 60n)[2]]);
    const rows = await rowsOf(namespace);
    expect(rows[3]).toMatchObject({ numOfFiles: 1, sizeOfFiles: 1n << 60n });
    expect(rows[1]).toMatchObject({ numOfFiles: 2, sizeOfFiles: (1n << 60n) + 100n });
  });

  it('counts what is negative or cannot be decoded neither as it comes nor as it goes', async () => {
    const namespace = await FollowedNamespace.from(tree);
    const [table, rowKey] = file(2, 'f', 0);
    expect(await namespace.delta(file(2, 'f', -1), ['directoryTable', '/bad', 'x'])).toEqual([
      'A field leaves its message: the record is cut off or damaged: directoryTable /bad',
      'The data size is negative: fileTable /1/2/2/f',
    ]);
    expect((await rowsOf(namespace))[1]).toMatchObject(bytes(1, 100));
    await namespace.delta([table, rowKey], ['directoryTable', '/bad']);
    expect((await rowsOf(namespace))[1]).toMatchObject(bytes(1, 100));
  });

  it('keeps the first of two rows with one object id, and goes back to the other', async () => {
    const namespace = await FollowedNamespace.from(tree);
    expect(await namespace.delta(directory(3, 'again', 4))).toEqual([
      'Another bucket or directory has the same object id: directoryTable /1/2/3/again',
    ]);
    await namespace.delta(gone(directory(2, 'four', 4)));
    expect((await rowsOf(namespace))[4]).toMatchObject({ dirName: 'again', parentId: 3n });
    // The row that was there before is the one that does not count now.
    expect(await namespace.delta(bucket('c', 4, FSO))).toEqual([
      'Another bucket or directory has the same object id: directoryTable /1/2/3/again',
    ]);
    expect((await rowsOf(namespace))[4]).toEqual(summary(bytes(1, 100)));
    await namespace.delta(gone(bucket('c', 4, FSO)));
    expect((await rowsOf(namespace))[4]).toMatchObject({ dirName: 'again', parentId: 3n });
  });

  it('takes directories on a cycle back, and hangs them up again when it is broken', async () => {
    const namespace = await FollowedNamespace.from(tree);
    expect(await namespace.delta(gone(directory(1, 'two', 2)), directory(4, 'two', 2))).toEqual([
      'The directory is its own ancestor: directoryTable /1/2/2/four',
      'The directory is its own ancestor: directoryTable /1/2/4/two',
    ]);
    expect(await rowsOf(namespace)).toEqual({
      1: summary({ childDir: [3n] }),
      2: summary(bytes(1, 10)),
      3: summary({ dirName: 'three', parentId: 1n }),
      4: summary(bytes(1, 100)),
    });
    // What hangs below a cycle is counted in it.
    await namespace.delta(directory(4, 'five', 5), file(5, 'h', 1000));
    expect((await rowsOf(namespace))[4]).toEqual(summary({ ...bytes(2, 1100), childDir: [5n] }));
    expect(await namespace.delta(gone(directory(4, 'two', 2)), directory(1, 'two', 2))).toEqual([]);
    expect((await rowsOf(namespace))[1]).toEqual(summary({ ...bytes(3, 1110), childDir: [2n, 3n] }));
  });

  it('takes the row of a directory on a cycle when its last file goes', async () => {
    const namespace = await FollowedNamespace.from([directory(5, 'self', 5), file(5, 'f', 1)]);
    await namespace.delta(gone(file(5, 'f', 1)));
    expect(await rowsOf(namespace)).toEqual({});
    await namespace.delta(gone(directory(5, 'self', 5)), directory(1, 'self', 5));
    expect((await rowsOf(namespace))[5]).toEqual(summary({ dirName: 'self', parentId: 1n }));
  });

  it('keeps a directory whose name is empty and whose parent is 0', async () => {
    const namespace = await FollowedNamespace.from([directory(0, '', 5), file(5, 'f', 1)]);
    await namespace.delta(gone(file(5, 'f', 1)));
    expect(await rowsOf(namespace)).toEqual({ 0: summary({ childDir: [5n] }), 5: summary() });
    await namespace.delta(gone(directory(0, '', 5)));
    expect(await rowsOf(namespace)).toEqual({});
  });

  it('adds nothing up to id 0, which stands for no parent', async () => {
    const namespace = await FollowedNamespace.from([file(5, 'f', 1)]);
    await namespace.delta(directory(0, 'd', 5), directory(5, 'zero', 0), file(0, 'g', 10));
    expect(await rowsOf(namespace)).toEqual({
      0: summary({ ...bytes(1, 10), childDir: [5n], dirName: 'zero', parentId: 5n }),
      5: summary({ ...bytes(2, 11), childDir: [0n], dirName: 'd' }),
    });
  });
});
