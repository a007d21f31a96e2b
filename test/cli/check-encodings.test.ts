import { describe, expect, it } from 'vitest';
import {
  decodeFileSizeCountKey,
  decodeGlobalStat,
  encodeFileSizeCountKey,
  encodeGlobalStat,
  type FileSizeCountKey,
} from '../../src/cli/check/stats-encodings.ts';
import { rebuiltRows } from '../../src/cli/check/rebuilt-rows.ts';
import { reconStores } from '../../src/cli/recon-stores.ts';
import { defineTask, memorySource, StagedReprocessor } from '../../src/index.ts';
import { fileSizeUpperBound } from '../../src/recon/index.ts';
import { seededRandom, type SeededRandom } from '../../src/testing/seeded-random.ts';
import { Folder } from './command-line.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

/** Names around 127 bytes, where the length takes a second byte, and such as differ in length only. */
function randomName(random: SeededRandom): string {
  const length = random.pick([1, 9, 127, 128, 129, 256]);
  return random.pick(['a', 'b', '\u{e4}']).repeat(length);
}

function randomCounts(random: SeededRandom): FileSizeCountKey[] {
  const keys = new Map<string, FileSizeCountKey>();
  for (let row = 0; row < 2000; row++) {
    const fileSizeUpperBound_ = fileSizeUpperBound(2n ** BigInt(random.below(53)));
    const key = {
      volume: randomName(random),
      bucket: randomName(random),
      fileSizeUpperBound: fileSizeUpperBound_,
    };
    keys.set(encodeFileSizeCountKey(key).toString('hex'), key);
  }
  return random.shuffled([...keys.values()]);
}

describe("Recon's encodings of the statistics", () => {
  it('are those of the specification', () => {
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    const first = { volume: 'vol1', bucket: 'bucket1', fileSizeUpperBound: 1024n };
    expect(hex(encodeFileSizeCountKey(first))).toBe('0a04766f6c3112076275636b657431188008');
    const last = { volume: 'v', bucket: 'b', fileSizeUpperBound: 2n ** 63n - 1n };
    expect(hex(encodeFileSizeCountKey(last))).toBe('0a017612016218ffffffffffffffff7f');
    expect(decodeFileSizeCountKey(encodeFileSizeCountKey(last))).toEqual(last);
    expect(hex(encodeGlobalStat(5n))).toBe('0805');
    expect(hex(encodeGlobalStat(-1n))).toBe('08ffffffffffffffffff01');
    for (const value of [0n, 5n, -1n, 2n ** 63n - 1n, -(2n ** 63n)])
      expect(decodeGlobalStat(encodeGlobalStat(value))).toBe(value);
    expect(() => decodeFileSizeCountKey(Buffer.from('0a04', 'hex'))).toThrow(TypeError);
    expect(() => decodeFileSizeCountKey(Buffer.from('0a0176120162', 'hex'))).toThrow(TypeError);
  });

  it(`come in the order of their bytes (seed ${SEED})`, async () => {
    using folder = new Folder();
    const counts = randomCounts(seededRandom(SEED));
    const stores = await reconStores();
    const fill = defineTask<typeof stores.stats, 'stats'>({
      taskName: 'fill',
      version: 1,
      store: 'stats',
      sourceTables: ['rows'],
      async reprocess(_snapshot, context) {
        const sink = context.sink('FILE_COUNT_BY_SIZE');
        for (const { volume, bucket, fileSizeUpperBound: file_size } of counts)
          await sink.put({ volume, bucket, file_size, count: 1n });
        return undefined;
      },
    });
    const reprocessor = await StagedReprocessor.open({
      dataDir: folder.file('data'),
      stores: { ...stores },
      tasks: [fill],
    });
    try {
      await reprocessor.reprocess({ source: memorySource({ sequence: 1n, tables: { rows: [] } }) });
      const keys = await reprocessor.read(async (lease) => {
        const found: string[] = [];
        for await (const [key] of rebuiltRows(lease, 'fileCountBySizeTable')) found.push(key.toString('hex'));
        return found;
      });
      // Hexadecimal is in the order of its bytes.
      expect(keys).toEqual(counts.map((key) => encodeFileSizeCountKey(key).toString('hex')).sort());
    } finally {
      await reprocessor.close();
    }
  });
});
