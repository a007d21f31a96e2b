import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BucketInfo } from '../../../src/ozone/protobuf/bucket-info.ts';
import { DirectoryInfo } from '../../../src/ozone/protobuf/directory-info.ts';
import { KeyInfo } from '../../../src/ozone/protobuf/key-info.ts';
import { MultipartKeyInfo } from '../../../src/ozone/protobuf/multipart-key-info.ts';
import { MultipartPartInfo } from '../../../src/ozone/protobuf/multipart-part-info.ts';
import { RepeatedKeyInfo } from '../../../src/ozone/protobuf/repeated-key-info.ts';
import { VolumeInfo } from '../../../src/ozone/protobuf/volume-info.ts';

// Records, most of them damaged at random, and what Ozone 2.2.0's own codecs made of them: `bad`, or `ok` and what they
// decoded.
const lines = readFileSync(join(import.meta.dirname, '../../fixtures/recon/java-verdicts.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '');

const LAYOUTS = ['', 'LEGACY', 'FILE_SYSTEM_OPTIMIZED', 'OBJECT_STORE'];

type Decode = (bytes: Uint8Array, start: number, end: number) => string | undefined;

const decoders: Readonly<Record<string, () => Decode>> = {
  key: () => {
    const key = new KeyInfo();
    return (bytes, start, end) => (key.decode(bytes, start, end) ? keyText(key) : undefined);
  },
  dir: () => {
    const info = new DirectoryInfo();
    return (bytes, start, end) =>
      info.decode(bytes, start, end)
        ? `${long(info.objectHigh, info.objectLow)} ${long(info.parentHigh, info.parentLow)}`
        : undefined;
  },
  bucket: () => {
    const info = new BucketInfo();
    return (bytes, start, end) =>
      info.decode(bytes, start, end)
        ? `${long(info.objectHigh, info.objectLow)} ${LAYOUTS[info.layout] ?? ''}`
        : undefined;
  },
  volume: () => {
    const info = new VolumeInfo();
    return (bytes, start, end) =>
      info.decode(bytes, start, end) ? String(long(info.objectHigh, info.objectLow)) : undefined;
  },
  repeated: () => {
    const info = new RepeatedKeyInfo();
    const key = new KeyInfo();
    return (bytes, start, end) => (info.decode(bytes, start, end, key) ? String(info.count) : undefined);
  },
  mpu: () => {
    const info = new MultipartKeyInfo();
    return (bytes, start, end) => (info.decode(bytes, start, end) ? uploadText(info, bytes) : undefined);
  },
  part: () => {
    const info = new MultipartPartInfo();
    return (bytes, start, end) => (info.decode(bytes, start, end) ? String(info.sizeBig) : undefined);
  },
};

function long(high: number, low: number): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}

function keyText(key: KeyInfo): string {
  const { blocks } = key;
  const replicated = key.wide ? key.replicatedBig : BigInt(key.replicated);
  const numbers = [
    long(key.objectHigh, key.objectLow),
    long(key.parentHigh, key.parentLow),
    key.sizeBig,
    BigInt.asIntN(64, replicated),
  ];
  const pairs = Array.from({ length: blocks.length }, (_, at) => {
    const version = long(blocks.versionHigh[at] ?? 0, blocks.versionLow[at] ?? 0);
    return `${String(version)}:${String(long(blocks.containerHigh[at] ?? 0, blocks.containerLow[at] ?? 0))}`;
  });
  return `${numbers.join(' ')}|${pairs.sort().join(',')}`;
}

function uploadText(upload: MultipartKeyInfo, bytes: Uint8Array): string {
  let count = 0;
  let size = 0n;
  let replicated = 0n;
  for (const number of upload.partNumbers) {
    upload.decodePart(bytes, number);
    count++;
    size += upload.part.sizeBig;
    replicated += upload.part.replicatedBig;
  }
  const sums = [size, replicated].map((sum) => String(BigInt.asIntN(64, sum)));
  return [upload.schemaVersion, count, ...sums].join(' ');
}

function verdict(text: string | undefined): string {
  return text === undefined ? 'bad' : `ok ${text}`;
}

describe.each(Object.keys(decoders))('the decoder of %s', (kind) => {
  const records = lines.filter((line) => line.startsWith(`${kind} `));

  it("accepts, refuses and reads what Java's codec does", () => {
    expect(records.length).toBeGreaterThan(50);
    const decode = decoders[kind]?.();
    for (const line of records) {
      const [, hex = '', ...expected] = line.split(' ');
      const bytes = Buffer.from(hex, 'hex');
      expect(verdict(decode?.(bytes, 0, bytes.length)), hex).toBe(expected.join(' '));
    }
  });

  it('never looks at bytes outside of the record', () => {
    const decode = decoders[kind]?.();
    for (const line of records) {
      const [, hex = '', ...expected] = line.split(' ');
      const record = Buffer.from(hex, 'hex');
      for (const filler of [0x00, 0x01, 0x0a, 0x80, 0xff]) {
        const bytes = Buffer.concat([Buffer.alloc(7, filler), record, Buffer.alloc(300, filler)]);
        expect(verdict(decode?.(bytes, 7, 7 + record.length)), hex).toBe(expected.join(' '));
      }
    }
  });
});
