import type { SeededRandom } from '../../../src/testing/index.ts';
import {
  bucketInfo,
  directoryInfo,
  FSO,
  keyInfo,
  LEGACY,
  multipartKeyInfo,
  multipartPartInfo,
  OBS,
  partKeyInfo,
  repeatedKeyInfo,
} from '../../ozone/protobuf/ozone-records.ts';
import { randomReplication, randomShape } from './key-shapes.ts';
import { partKey } from './om-records.ts';
import type { RowChange } from './om-table.ts';

/** So few ids that two rows often claim the same one, and directories lie in themselves. */
const IDS = [0n, 1n, 2n, 3n, 4n, 5n, -1n, -9223372036854775552n];
const NAMES = ['a', 'b', 'a/', '', 'é'];
const PATHS = ['a', 'b', 'a/', 'a/b', 'a/b/', 'a/b/c', 'a//', 'a//b', '/', '/a', 'b/', 'b/a'];
const BUCKETS = ['/v/b', '/v/c', '/w/b'];
/** Keys of rows that no Ozone Manager writes. */
const ODD_KEYS = ['', '/', '/v', 'v/b/k', '/v/b', '//k', '\xff'];
const UPLOADS = ['u', 'u/1', ''];

type Made = readonly [key: string, value: Uint8Array];

function anyKeyInfo(random: SeededRandom): Uint8Array {
  return keyInfo({
    volume: random.pick(['v', 'w']),
    bucket: random.pick(['b', 'c', '']),
    name: 'n',
    objectId: random.pick(IDS),
    parentId: random.pick(IDS),
    ...randomShape(random),
    ...(random.below(10) === 0 ? { size: random.pick([-1n, (1n << 63n) - 1n, 1n << 62n]) } : {}),
  });
}

const MAKERS: Readonly<Record<string, (random: SeededRandom) => Made>> = {
  bucketTable(random) {
    const layout = random.pick([undefined, FSO, OBS, LEGACY]);
    return [random.pick([...BUCKETS, ...ODD_KEYS]), bucketInfo('v', 'b', random.pick(IDS), layout)];
  },
  directoryTable(random) {
    const name = random.pick(NAMES);
    const parent = random.pick(IDS);
    return [
      `/1/2/${String(parent)}/${name}${random.pick(['', '', '~'])}`,
      directoryInfo(name, random.pick(IDS), parent),
    ];
  },
  fileTable: (random) => [`/1/2/${String(random.pick(IDS))}/${random.pick(NAMES)}`, anyKeyInfo(random)],
  keyTable(random) {
    const isOdd = random.below(10) === 0;
    return [
      isOdd ? random.pick(ODD_KEYS) : `${random.pick(BUCKETS)}/${random.pick(PATHS)}`,
      anyKeyInfo(random),
    ];
  },
  openKeyTable: (random) => [`/v/b/k/${random.below(3)}`, anyKeyInfo(random)],
  openFileTable: (random) => [`/1/2/3/k/${random.below(3)}`, anyKeyInfo(random)],
  deletedTable(random) {
    const keys = Array.from({ length: random.below(4) }, () => anyKeyInfo(random));
    return [`/v/b/k/${random.below(3)}`, repeatedKeyInfo(...keys)];
  },
  deletedDirectoryTable: (random) => [`/1/2/3/d/${String(random.pick(IDS))}`, anyKeyInfo(random)],
  multipartInfoTable(random) {
    const parts = Array.from({ length: random.below(4) }, () =>
      partKeyInfo(1 + random.below(3), anyKeyInfo(random)),
    );
    const schemaVersion = random.pick([undefined, 0, 1, 1, 1, 2]);
    const options = { ...randomReplication(random), parts };
    const value = multipartKeyInfo(schemaVersion === undefined ? options : { ...options, schemaVersion });
    return [`${random.pick(BUCKETS)}/k/${random.pick(UPLOADS)}`, value];
  },
  multipartPartsTable(random) {
    const number = random.pick([1, 2, 47, 0x2f2f2f2f]);
    const key =
      random.below(8) === 0 ? random.pick(ODD_KEYS) : partKey({ uploadId: random.pick(UPLOADS), number });
    return [key, multipartPartInfo({ partNumber: number, size: randomShape(random).size })];
  },
  volumeTable: (random) => [`/${random.pick(['v', 'w'])}`, random.bytes(3)],
};

/** What a tangled or damaged database may see happen: any row of any table comes, changes or goes. */
export const RAW_TABLES: readonly string[] = Object.keys(MAKERS);

/** @param table - One of `RAW_TABLES`. */
export function rawChange(table: string, random: SeededRandom): RowChange {
  const make = MAKERS[table];
  if (make === undefined) throw new TypeError(`No rows of ${table} can be made up`);
  const [key, value] = make(random);
  return {
    table,
    key: Buffer.from(key, 'latin1'),
    value: random.below(3) === 0 ? undefined : Buffer.from(value),
  };
}

/** A value cut short, with one bit turned, or of random bytes. */
export function spoilt(random: SeededRandom, value: Uint8Array): Buffer {
  const kind = random.below(3);
  if (kind === 0 || value.length === 0) return Buffer.from(random.bytes(random.below(16)));
  if (kind === 1) return Buffer.from(value.subarray(0, random.below(value.length)));
  const turned = Buffer.from(value);
  const at = random.below(turned.length);
  turned[at] = (turned[at] ?? 0) ^ (1 << random.below(8));
  return turned;
}
