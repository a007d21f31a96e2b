import { describe, expect, it } from 'vitest';
import { RocksCheckpoint } from '../../../src/ozone/rocksdb/rocks-checkpoint.ts';
import {
  digestsOf,
  hex,
  rocksExpectations,
  rocksFixture,
  rocksFixtureNames,
  rowsOf,
} from '../checkpoint-fixtures.ts';

/** Fixture to what the error must name. */
const UNSUPPORTED: Readonly<Record<string, RegExp>> = {
  'codec-bzip2': /bzip2 compression/,
  'unsupported-blob': /blob files/,
  'unsupported-comparator': /comparator "rocksdb.ReverseBytewiseComparator"/,
  'unsupported-dictionary': /compression dictionary/,
  'unsupported-ingested': /global sequence number/,
  'unsupported-merge': /merge operand \(2\)/,
  'unsupported-merge-wal': /merge operand \(2\)/,
  'unsupported-recycled-log': /recycled log files/,
  'unsupported-second-path': /path id 1/,
  'unsupported-wide-columns': /wide-column entity \(0x16\)/,
};
const supported = rocksFixtureNames.filter((name) => !(name in UNSUPPORTED));

describe('RocksCheckpoint', () => {
  it('has a fixture for each refused feature', () => {
    expect(rocksFixtureNames).toEqual(expect.arrayContaining(Object.keys(UNSUPPORTED)));
  });

  for (const webAssembly of [true, false]) {
    describe(webAssembly ? 'with the WebAssembly helper' : 'in plain JavaScript', () => {
      it.each(supported)('reads %s as RocksDB does', async (name) => {
        const checkpoint = await RocksCheckpoint.open(rocksFixture(name), { webAssembly });
        expect({
          sequence: checkpoint.lastSequence,
          families: await digestsOf(checkpoint, checkpoint.families.keys()),
        }).toEqual(rocksExpectations[name]);
      });
    });
  }

  it.each(Object.entries(UNSUPPORTED))('refuses %s and names the feature', async (name, feature) => {
    const scanned = RocksCheckpoint.open(rocksFixture(name)).then(async (checkpoint) => {
      await digestsOf(checkpoint, checkpoint.families.keys());
    });
    await expect(scanned).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_UNSUPPORTED',
      message: expect.stringMatching(feature) as string,
    });
  });

  it.each(supported)('finds each row of %s by its key, and no other', async (name) => {
    const checkpoint = await RocksCheckpoint.open(rocksFixture(name));
    for (const family of checkpoint.families.keys()) {
      const rows = await rowsOf(checkpoint, family);
      for (const [key, value] of rows) {
        const found = await checkpoint.get(family, Buffer.from(key, 'hex'));
        expect(found === undefined ? undefined : hex(found)).toBe(value);
      }
      for (const absent of [
        '',
        '00',
        'ffffffff',
        ...[...rows.keys()].flatMap((key) => [`${key}00`, key.slice(0, -2)]),
      ]) {
        if (rows.has(absent)) continue;
        expect(await checkpoint.get(family, Buffer.from(absent, 'hex'))).toBeUndefined();
      }
    }
  });

  it('finds no row that was deleted, wherever the deletion lies', async () => {
    for (const name of ['levels', 'versions', 'range-deletions', 'wal']) {
      const checkpoint = await RocksCheckpoint.open(rocksFixture(name));
      const rows = await rowsOf(checkpoint, 'keyTable');
      let deleted = 0;
      for (let i = 0; i < 300; i++) {
        const four = String(i).padStart(4, '0');
        const key = Buffer.from(`/vol/bucket${i % 3}/dir0${i % 7}/file${four}`);
        const found = await checkpoint.get('keyTable', key);
        expect(found === undefined ? undefined : hex(found)).toBe(rows.get(hex(key)));
        if (found === undefined) deleted++;
      }
      expect(deleted).toBeGreaterThan(0);
    }
  });

  it('estimates rows from properties and WAL', async () => {
    const plain = await RocksCheckpoint.open(rocksFixture('codec-snappy'));
    expect(plain.families.get('keyTable')?.estimatedRows).toBe(120);
    const wal = await RocksCheckpoint.open(rocksFixture('wal'));
    expect(
      ['volumeTable', 'bucketTable', 'keyTable'].map((name) => wal.families.get(name)?.estimatedRows),
    ).toEqual([1, 5, 129]);
    const empty = await RocksCheckpoint.open(rocksFixture('empty'));
    expect(empty.families.get('keyTable')?.estimatedRows).toBe(0);
  });

  it('gives several scans at once what each would get alone', async () => {
    for (const name of ['codec-snappy', 'levels', 'large-values']) {
      const checkpoint = await RocksCheckpoint.open(rocksFixture(name));
      const alone = await digestsOf(checkpoint, checkpoint.families.keys());
      const both = [...checkpoint.families.keys(), ...checkpoint.families.keys()];
      for (const digests of await Promise.all(both.map((family) => digestsOf(checkpoint, [family])))) {
        for (const [family, digest] of Object.entries(digests)) expect(digest).toEqual(alone[family]);
      }
    }
  });

  it('has no rows in a family that is not there', async () => {
    const checkpoint = await RocksCheckpoint.open(rocksFixture('levels'));
    expect((await rowsOf(checkpoint, 'noSuchTable')).size).toBe(0);
    expect(await checkpoint.get('noSuchTable', Buffer.from('x'))).toBeUndefined();
  });

  it('verifies the checksums of data blocks unless told otherwise', async () => {
    const checkpoint = await RocksCheckpoint.open(rocksFixture('codec-zstd'), { verifyChecksums: false });
    expect(await digestsOf(checkpoint, ['keyTable'])).toEqual({
      keyTable: rocksExpectations['codec-zstd']?.families['keyTable'],
    });
  });
});
