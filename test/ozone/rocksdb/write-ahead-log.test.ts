import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RocksCheckpoint } from '../../../src/ozone/rocksdb/rocks-checkpoint.ts';
import { digestsOf, rocksExpectations, rowsOf, withCopy } from '../checkpoint-fixtures.ts';
import { logRecord } from '../log-writing.ts';

const LAST = '000010.log';

async function withWal(use: (directory: string, log: string) => Promise<void>): Promise<void> {
  await withCopy('wal', (directory) => use(directory, join(directory, LAST)));
}

function batch(sequence: number, count: number, ...operations: readonly number[]): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(sequence, 0);
  header.writeUInt32LE(count, 8);
  return logRecord(Buffer.concat([header, Uint8Array.from(operations)]));
}

describe('the write-ahead log', () => {
  it('ends where a crash cut it off', async () => {
    await withWal(async (directory, log) => {
      const whole = readFileSync(log);
      const expected = rocksExpectations['wal']?.sequence ?? 0;
      truncateSync(log, whole.length - 1);
      const cut = await RocksCheckpoint.open(directory);
      expect(cut.lastSequence).toBe(expected - 1);
      truncateSync(log, whole.length - 400);
      expect((await RocksCheckpoint.open(directory)).lastSequence).toBeLessThan(expected);
    });
  });

  it('may end with space that was allocated ahead', async () => {
    await withWal(async (directory, log) => {
      writeFileSync(log, Buffer.concat([readFileSync(log), Buffer.alloc(5000)]));
      const checkpoint = await RocksCheckpoint.open(directory);
      expect(await digestsOf(checkpoint, checkpoint.families.keys())).toEqual(
        rocksExpectations['wal']?.families,
      );
    });
  });

  it('is damaged when a record does not fit, also the last one', async () => {
    await withWal(async (directory, log) => {
      const whole = readFileSync(log);
      for (const offset of [4, 5, 20, 40_000, whole.length - 1]) {
        const damaged = Buffer.from(whole);
        damaged.writeUInt8(damaged.readUInt8(offset) ^ 0x40, offset);
        writeFileSync(log, damaged);
        await expect(RocksCheckpoint.open(directory)).rejects.toMatchObject({
          code: 'REPROCESS_SOURCE_CORRUPT',
        });
      }
    });
  });

  it('is damaged when a file before the last one is cut, empty or missing', async () => {
    for (const change of [
      (path: string) => truncateSync(path, 6000),
      (path: string) => truncateSync(path, 0),
      (path: string) => rmSync(path),
    ]) {
      await withWal(async (directory) => {
        change(join(directory, '000008.log'));
        await expect(RocksCheckpoint.open(directory)).rejects.toMatchObject({
          code: 'REPROCESS_SOURCE_CORRUPT',
        });
      });
    }
  });

  it('refuses batches that lie about their size, or that hold unknown operations', async () => {
    const next = (rocksExpectations['wal']?.sequence ?? 0) + 1;
    const put = [0x05, 3, 1, 0x6b, 1, 0x76];
    for (const [record, expected] of [
      [batch(next, 2, ...put), { code: 'REPROCESS_SOURCE_CORRUPT' }],
      [batch(next - 3, 1, ...put), { code: 'REPROCESS_SOURCE_CORRUPT' }],
      [batch(next, 1, 0x05, 3, 100, 0x6b), { code: 'REPROCESS_SOURCE_CORRUPT' }],
      [logRecord(Uint8Array.of(1, 2, 3)), { code: 'REPROCESS_SOURCE_CORRUPT' }],
      [batch(next, 1, 0x06, 3, 1, 0x6b, 1, 0x76), { message: expect.stringContaining('merge') as string }],
      [
        batch(next, 1, 0x17, 3, 1, 0x6b, 1, 0x76),
        { message: expect.stringContaining('wide-column') as string },
      ],
      [batch(next, 1, 0x10, 3, 1, 0x6b, 1, 0x76), { message: expect.stringContaining('blob') as string }],
      [batch(next, 0, 0x09), { message: expect.stringContaining('two-phase') as string }],
      [batch(next, 0, 0x66), { message: expect.stringContaining('tag 102') as string }],
    ] as const) {
      await withWal(async (directory, log) => {
        writeFileSync(log, Buffer.concat([readFileSync(log), record]));
        await expect(RocksCheckpoint.open(directory)).rejects.toMatchObject(expected);
      });
    }
  });

  it('gives an operation to its family, when the family was not flushed since', async () => {
    await withWal(async (directory, log) => {
      const next = (rocksExpectations['wal']?.sequence ?? 0) + 1;
      writeFileSync(log, Buffer.concat([readFileSync(log), batch(next, 1, 0x05, 3, 1, 0x6b, 1, 0x76)]));
      const checkpoint = await RocksCheckpoint.open(directory);
      expect(checkpoint.lastSequence).toBe(next);
      expect((await rowsOf(checkpoint, 'keyTable')).get('6b')).toBe('76');
      expect(Buffer.from((await checkpoint.get('keyTable', Buffer.from('k'))) ?? []).toString()).toBe('v');
    });
  });
});
