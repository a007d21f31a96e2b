import { describe, expect, it } from 'vitest';
import { Crc32c } from '../../../src/ozone/rocksdb/crc32c.ts';
import type { Manifest } from '../../../src/ozone/rocksdb/manifest.ts';
import { readManifest } from '../../../src/ozone/rocksdb/manifest.ts';
import { lengthPrefixed, logRecord, versionEdit } from '../log-writing.ts';

const crc = new Crc32c();
const COMPARATOR = 'leveldb.BytewiseComparator';
const KEY = lengthPrefixed(Uint8Array.of(0x61, 1, 7, 0, 0, 0, 0, 0, 0));
const FIRST = versionEdit(1, COMPARATOR, 2, 0, 3, 9, 4, 7);
const FAMILY = versionEdit(200, 4, 201, 'fileTable', 1, COMPARATOR);
/** Adds table file 8 to level 1 of family 4, as RocksDB 7 does; more fields may follow. */
const newFile = (...fields: readonly (number | Uint8Array | string)[]): Uint8Array =>
  versionEdit(200, 4, 103, 1, 8, 100, KEY, KEY, 1, 7, ...fields, 1);

function read(...records: readonly Uint8Array[]): Manifest {
  return readManifest(Buffer.concat(records), 'MANIFEST-000001', crc);
}

const codeOf = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });
const corrupt = (message: RegExp): unknown => codeOf('REPROCESS_SOURCE_CORRUPT', message);
const unsupported = (message: RegExp): unknown => codeOf('REPROCESS_SOURCE_UNSUPPORTED', message);

describe('readManifest', () => {
  it('tells families, their files, the last sequence and the identity', () => {
    const manifest = read(
      FIRST,
      FAMILY,
      newFile(),
      versionEdit(200, 4, 2, 6, 4, 9),
      versionEdit(8193, 'an identity'),
    );
    expect(manifest.lastSequence).toBe(9);
    expect(manifest.databaseId).toBe('an identity');
    expect(
      manifest.families.map(({ id, name, logNumber, files }) => [id, name, logNumber, files.length]),
    ).toEqual([
      [0, 'default', 0, 0],
      [4, 'fileTable', 6, 1],
    ]);
    expect(manifest.families[1]?.files[0]).toMatchObject({
      number: 8,
      level: 1,
      sizeBytes: 100,
      largestSequence: 7,
    });
  });

  it('follows moves, deletions of files and dropped families', () => {
    const moved = read(
      FIRST,
      FAMILY,
      newFile(),
      versionEdit(200, 4, 6, 1, 8, 103, 2, 8, 100, KEY, KEY, 1, 7, 1),
    );
    expect(moved.families[1]?.files.map(({ level }) => level)).toEqual([2]);
    const deleted = read(FIRST, FAMILY, newFile(), versionEdit(200, 4, 6, 1, 8));
    expect(deleted.families[1]?.files).toEqual([]);
    expect(deleted.knownFiles.has(8)).toBe(true);
    expect(read(FIRST, FAMILY, newFile(), versionEdit(200, 4, 202)).families.map(({ name }) => name)).toEqual(
      ['default'],
    );
  });

  it('skips what RocksDB calls safe to ignore, and refuses other unknown tags', () => {
    const safe = read(
      FIRST,
      FAMILY,
      versionEdit(8192 + 77, 'some bytes'),
      newFile(5, 'creation time', 63, 'safe'),
    );
    expect(safe.families[1]?.files.length).toBe(1);
    expect(() => read(FIRST, versionEdit(77, 'some bytes'))).toThrow(unsupported(/unknown MANIFEST tag 77/));
    expect(() => read(FIRST, FAMILY, newFile(66, 'x'))).toThrow(unsupported(/unknown table file field 66/));
  });

  it('refuses other comparators, paths, blob files and previous logs by name', () => {
    expect(() => read(versionEdit(1, 'mine'))).toThrow(unsupported(/comparator "mine"/));
    expect(() => read(FIRST, FAMILY, newFile(65, Uint8Array.of(1, 2)))).toThrow(unsupported(/path id 2/));
    const version3 = versionEdit(200, 4, 102, 1, 8, 3, 100, KEY, KEY, 1, 7);
    expect(() => read(FIRST, FAMILY, version3)).toThrow(unsupported(/path id 3/));
    expect(() => read(FIRST, FAMILY, newFile(4, Uint8Array.of(1, 12)))).toThrow(unsupported(/blob files/));
    expect(() => read(FIRST, versionEdit(400, 1))).toThrow(unsupported(/blob files/));
    expect(() => read(FIRST, versionEdit(9, 3))).toThrow(unsupported(/previous log/));
  });

  it('refuses what cannot be', () => {
    expect(() => read()).toThrow(corrupt(/no last sequence/));
    expect(() => read(FIRST, newFile())).toThrow(corrupt(/no column family 4/));
    expect(() => read(FIRST, FAMILY, FAMILY)).toThrow(corrupt(/added twice/));
    expect(() => read(FIRST, FAMILY, newFile(), newFile())).toThrow(corrupt(/table file 8 is added twice/));
    expect(() => read(FIRST, FAMILY, versionEdit(200, 4, 6, 1, 8))).toThrow(corrupt(/8 is not on level 1/));
    expect(() => read(FIRST, FAMILY, versionEdit(200, 4, 6, 9999, 8))).toThrow(corrupt(/no level 9999/));
    expect(() => read(FIRST, versionEdit(8193, lengthPrefixed('x').fill(200, 0, 1)))).toThrow(
      corrupt(/past the end|ends/),
    );
  });

  it('wants atomic groups whole', () => {
    const part = (remaining: number): Uint8Array => versionEdit(4, 20 - remaining, 300, remaining);
    expect(read(FIRST, part(2), part(1), part(0)).lastSequence).toBe(20);
    expect(() => read(FIRST, part(2), part(1))).toThrow(corrupt(/atomic group/));
    expect(() => read(FIRST, part(2), part(0))).toThrow(corrupt(/atomic group/));
  });

  it('refuses damaged, cut and unknown log records', () => {
    const flipped = Buffer.from(FIRST);
    flipped.writeUInt8(flipped.readUInt8(9) ^ 4, 9);
    expect(() => read(flipped)).toThrow(corrupt(/checksum of a log record/));
    expect(() => read(FIRST.subarray(0, FIRST.length - 1))).toThrow(corrupt(/ends in the middle/));
    expect(() => read(FIRST, logRecord(Buffer.from('x'), 2))).toThrow(corrupt(/ends in the middle/));
    expect(() => read(FIRST, logRecord(Buffer.from('x'), 3))).toThrow(corrupt(/do not fit together/));
    expect(() => read(FIRST, logRecord(Buffer.from('x'), 9))).toThrow(unsupported(/compressed log/));
    expect(() => read(FIRST, logRecord(Buffer.from('x'), 77))).toThrow(unsupported(/log record type 77/));
    expect(read(FIRST, logRecord(Buffer.from('x'), 130)).lastSequence).toBe(7);
  });
});
