import { describe, expect, it } from 'vitest';
import { isReprocessError } from '../../../src/errors.ts';
import { readRawWriteBatch } from '../../../src/ozone/write-batch/raw-write-batch.ts';
import { lengthPrefixed } from '../log-writing.ts';
import { rawBatch, recordBytes, writeBatch, type BatchRecord } from './batch-writing.ts';

const RECORDS: readonly BatchRecord[] = [
  { put: 'a', value: '1', family: 300 },
  { noop: true },
  { delete: 'b', family: 2 },
  { logData: 'for readers of the log' },
  { singleDelete: 'c', family: 3 },
  { deleteFrom: 'd', to: 'e', family: 4 },
  { put: 'f', value: '' },
  { delete: 'g' },
  { singleDelete: '' },
  { deleteFrom: 'i', to: 'j' },
];

describe('readRawWriteBatch', () => {
  it('reads every operation, in the form of a family and of the default one', () => {
    const batch = readRawWriteBatch(writeBatch(7, RECORDS));
    const bytes = (text: string): Buffer => Buffer.from(text);
    expect(batch).toEqual({
      first: 7n,
      last: 14n,
      operations: [
        { kind: 'put', sequence: 7n, familyId: 300, key: bytes('a'), value: bytes('1') },
        { kind: 'delete', sequence: 8n, familyId: 2, key: bytes('b') },
        { kind: 'delete', sequence: 9n, familyId: 3, key: bytes('c') },
        { kind: 'delete-range', sequence: 10n, familyId: 4, start: bytes('d'), end: bytes('e') },
        { kind: 'put', sequence: 11n, familyId: 0, key: bytes('f'), value: bytes('') },
        { kind: 'delete', sequence: 12n, familyId: 0, key: bytes('g') },
        { kind: 'delete', sequence: 13n, familyId: 0, key: bytes('') },
        { kind: 'delete-range', sequence: 14n, familyId: 0, start: bytes('i'), end: bytes('j') },
      ],
    });
  });

  it('copies nothing', () => {
    const bytes = writeBatch(1, [{ put: 'key', value: 'value', family: 1 }]);
    const [operation] = readRawWriteBatch(bytes)?.operations ?? [];
    expect(operation?.kind === 'put' && operation.value.buffer).toBe(bytes.buffer);
  });

  it('may hold no operation', () => {
    expect(readRawWriteBatch(writeBatch(9, []))).toBeUndefined();
    expect(readRawWriteBatch(writeBatch(9, [{ logData: 'x' }, { noop: true }]))).toBeUndefined();
  });

  it('is damaged wherever it is cut off', () => {
    const whole = writeBatch(7, RECORDS);
    for (let end = 0; end < whole.length; end++) {
      expect(codeOf(whole.subarray(0, end)), `cut at ${end}`).toBe('REPROCESS_BATCH_CORRUPT');
    }
    expect(codeOf(Buffer.concat([whole, Uint8Array.of(0x05)]))).toBe('REPROCESS_BATCH_CORRUPT');
  });

  it('is damaged when its count or a length does not fit', () => {
    const put = recordBytes({ put: 'key', value: 'value', family: 1 });
    for (const count of [0, 2, 0xffff_ffff]) {
      expect(codeOf(rawBatch(1, count, put)), `count ${count}`).toBe('REPROCESS_BATCH_CORRUPT');
    }
    const tooLong = Buffer.from(put);
    tooLong.writeUInt8(9, 2);
    expect(codeOf(rawBatch(1, 1, tooLong))).toBe('REPROCESS_BATCH_CORRUPT');
    const endless = Buffer.from('05ffffffffffffffffffffffff', 'hex');
    expect(codeOf(rawBatch(1, 1, endless))).toBe('REPROCESS_BATCH_CORRUPT');
    expect(codeOf(rawBatch(2n ** 60n, 1, put))).toBe('REPROCESS_BATCH_CORRUPT');
  });

  it.each([
    [0x02, 'a merge operand'],
    [0x06, 'a merge operand'],
    [0x09, 'two-phase commit'],
    [0x11, 'a blob index'],
    [0x14, 'a deletion with a timestamp'],
    [0x17, 'a wide-column entity'],
    [0x7f, 'the unknown write batch tag 127'],
  ])('says that tag %i is not supported, and what it is', (tag, name) => {
    const record = Buffer.concat([Uint8Array.of(tag), lengthPrefixed('key'), lengthPrefixed('value')]);
    expect(() => readRawWriteBatch(rawBatch(1, 1, record))).toThrow(
      expect.objectContaining({
        code: 'REPROCESS_BATCH_UNSUPPORTED',
        message: expect.stringContaining(name) as unknown,
      }),
    );
  });

  it('with any bit flipped is another batch or has a code', () => {
    const whole = Buffer.from(writeBatch(7, RECORDS));
    const seen = new Set<string | undefined>();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const code = codeOf(flipped);
      seen.add(code);
      // No bit of the count may be wrong unseen.
      if (bit >= 64 && bit < 96) expect(code, `bit ${bit}`).toBe('REPROCESS_BATCH_CORRUPT');
    }
    expect([...seen].sort()).toEqual(['REPROCESS_BATCH_CORRUPT', 'REPROCESS_BATCH_UNSUPPORTED', undefined]);
  });
});

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    readRawWriteBatch(bytes);
    return undefined;
  } catch (error) {
    if (isReprocessError(error)) return error.code;
    throw error;
  }
}
