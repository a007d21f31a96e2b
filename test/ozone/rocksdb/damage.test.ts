import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCode } from '../../../src/errors.ts';
import { RocksCheckpoint } from '../../../src/ozone/rocksdb/rocks-checkpoint.ts';
import type { Expected } from '../checkpoint-fixtures.ts';
import { digestsOf, rocksExpectations, withCopy } from '../checkpoint-fixtures.ts';

const SOURCE_CODES = ['REPROCESS_SOURCE_CORRUPT', 'REPROCESS_SOURCE_INVALID', 'REPROCESS_SOURCE_UNSUPPORTED'];
/** Together they have every kind of file and block. */
const FIXTURES = [
  'levels',
  'range-deletions',
  'wal',
  'index-partitioned',
  'index-delta',
  'checksum-xxh3-format-6',
];

type Outcome = Expected | { readonly code: string };

async function read(directory: string, webAssembly: boolean): Promise<Outcome> {
  try {
    const checkpoint = await RocksCheckpoint.open(directory, { webAssembly });
    const families = await digestsOf(checkpoint, checkpoint.families.keys());
    return { sequence: checkpoint.lastSequence, families };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined || !SOURCE_CODES.includes(code)) throw error;
    return { code };
  }
}

/** The truth, or an error with a code: never other rows, and never another error. */
function expectTruthOrCode(outcome: Outcome, name: string): void {
  if (!('code' in outcome)) expect(outcome).toEqual(rocksExpectations[name]);
}

describe('damaged files', () => {
  it.each(FIXTURES)('%s with a flipped bit: the truth or an error', async (name) => {
    await withCopy(name, async (directory) => {
      const files = readdirSync(directory).filter((file) => file !== 'IDENTITY');
      const property = fc.asyncProperty(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(7),
        fc.boolean(),
        async (file, place, bit, webAssembly) => {
          const path = join(directory, file);
          const whole = readFileSync(path);
          if (whole.length === 0) return;
          const damaged = Buffer.from(whole);
          const offset = Math.floor(place * whole.length);
          damaged.writeUInt8(damaged.readUInt8(offset) ^ (1 << bit), offset);
          writeFileSync(path, damaged);
          expectTruthOrCode(await read(directory, webAssembly), name);
          writeFileSync(path, whole);
        },
      );
      await fc.assert(property, { numRuns: 120 });
    });
  });

  it('every byte of MANIFEST and CURRENT', async () => {
    const name = 'range-deletions';
    await withCopy(name, async (directory) => {
      for (const file of readdirSync(directory).filter((each) => /^(MANIFEST|CURRENT)/.test(each))) {
        const path = join(directory, file);
        const whole = readFileSync(path);
        for (const [offset, byte] of whole.entries()) {
          for (const other of [byte ^ 0xff, byte ^ (1 << (offset % 8))]) {
            const damaged = Buffer.from(whole);
            damaged.writeUInt8(other, offset);
            writeFileSync(path, damaged);
            expectTruthOrCode(await read(directory, true), name);
          }
        }
        writeFileSync(path, whole);
      }
    });
  });

  it('every byte of a small table file, and of the last WAL', async () => {
    for (const [name, file] of [
      ['wal', '000011.sst'],
      ['wal', '000008.log'],
      ['levels', '000014.log'],
    ] as const) {
      await withCopy(name, async (directory) => {
        const path = join(directory, file);
        const whole = readFileSync(path);
        for (
          let offset = 0;
          offset < whole.length;
          offset += name === 'wal' && file.endsWith('log') ? 7 : 1
        ) {
          const damaged = Buffer.from(whole);
          damaged.writeUInt8(damaged.readUInt8(offset) ^ (1 << (offset % 8)), offset);
          writeFileSync(path, damaged);
          expectTruthOrCode(await read(directory, true), name);
        }
      });
    }
  });

  it.each(FIXTURES)(
    '%s with a truncated file: the truth, an error, or what was written before',
    async (name) => {
      await withCopy(name, async (directory) => {
        const files = readdirSync(directory).filter((file) => file !== 'IDENTITY');
        const lastLog = files.filter((file) => file.endsWith('.log')).at(-1);
        const property = fc.asyncProperty(
          fc.constantFrom(...files),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          async (file, place) => {
            const path = join(directory, file);
            const whole = readFileSync(path);
            if (whole.length === 0) return;
            truncateSync(path, Math.floor(place * whole.length));
            const outcome = await read(directory, true);
            // A log may have been cut off by a crash: its end is missing, and the sequence says so.
            const isCutLog = file === lastLog && !('code' in outcome);
            if (isCutLog)
              expect(outcome.sequence).toBeLessThanOrEqual(rocksExpectations[name]?.sequence ?? -1);
            else expectTruthOrCode(outcome, name);
            writeFileSync(path, whole);
          },
        );
        await fc.assert(property, { numRuns: 120 });
      });
    },
  );

  it('reads unprotected blocks without a plain crash, whatever they hold', async () => {
    await withCopy('checksum-nochecksum', async (directory) => {
      const file =
        readdirSync(directory)
          .filter((each) => each.endsWith('.sst'))
          .at(-1) ?? '';
      const path = join(directory, file);
      const whole = readFileSync(path);
      const property = fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (changes, webAssembly) => {
          const damaged = Buffer.from(whole);
          for (const [offset, byte] of changes) damaged.writeUInt8(byte, offset);
          writeFileSync(path, damaged);
          await read(directory, webAssembly);
        },
      );
      await fc.assert(property, { numRuns: 300 });
    });
  });
});
