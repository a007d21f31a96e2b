import { describe, expect, it } from 'vitest';
import { Crc32c } from '../../../src/ozone/rocksdb/crc32c.ts';
import { logRecords } from '../../../src/ozone/rocksdb/log-records.ts';
import { logRecord } from '../log-writing.ts';

const crc = new Crc32c();
const TEXTS = ['first', 'the second', 'third'];
const LOG = Buffer.concat(TEXTS.map((text) => logRecord(Buffer.from(text))));
const corrupt: unknown = expect.objectContaining({ code: 'REPROCESS_SOURCE_CORRUPT' });

function read(log: Uint8Array, tornTail: 'end' | 'damage'): string[] {
  return Array.from(logRecords(log, 'x.log', { crc, tornTail }), ({ bytes }) =>
    Buffer.from(bytes).toString(),
  );
}

describe('logRecords', () => {
  it('gives whole records, and takes a cut one for the end where it may be', () => {
    for (let length = 0; length <= LOG.length; length++) {
      const cut = LOG.subarray(0, length);
      const ends = [0, 12, 29, 41];
      const whole = ends.filter((end) => end > 0 && end <= length).length;
      expect(read(cut, 'end')).toEqual(TEXTS.slice(0, whole));
      if (ends.includes(length)) expect(read(cut, 'damage')).toEqual(TEXTS.slice(0, whole));
      else expect(() => read(cut, 'damage')).toThrow(corrupt);
    }
  });

  it('takes no damaged length for a cut record', () => {
    for (const start of [0, 12, 29]) {
      for (const length of [60, 200]) {
        const damaged = Buffer.from(LOG);
        damaged.writeUInt16LE(length, start + 4);
        expect(() => read(damaged, 'end')).toThrow(corrupt);
      }
    }
  });

  it('joins the parts of a record over blocks, and skips what is left at their ends', () => {
    const long = 'x'.repeat(70_000);
    const room = (32 << 10) - 7;
    const parts = [long.slice(0, room - 3), long.slice(room - 3, 2 * room - 3), long.slice(2 * room - 3)];
    const log = Buffer.concat(
      parts.flatMap((part, i) => [logRecord(Buffer.from(part), 2 + i), Buffer.alloc(i === 0 ? 3 : 0)]),
    );
    expect(read(log, 'damage')).toEqual([long]);
    expect(read(log.subarray(0, log.length - 1), 'end')).toEqual([]);
    expect(() => read(log.subarray(0, 40_000), 'damage')).toThrow(corrupt);
  });

  it('refuses a record that leaves its block', () => {
    const log = Buffer.concat([LOG, Buffer.alloc(40_000, 1)]);
    expect(() => read(log, 'end')).toThrow(corrupt);
    log.writeUInt16LE(0xffff, 4);
    expect(() => read(log, 'end')).toThrow(corrupt);
  });
});
