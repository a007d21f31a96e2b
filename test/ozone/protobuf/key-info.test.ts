import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyInfo } from '../../../src/ozone/protobuf/key-info.ts';
import { EC, ecConfig, keyInfo, RATIS, STAND_ALONE, type EcConfig } from './ozone-records.ts';
import { bytes, int, message } from './proto-writer.ts';

function decoded(record: Uint8Array): KeyInfo {
  const key = new KeyInfo();
  if (!key.decode(record, 0, record.length)) throw new Error(key.reason);
  return key;
}

function reasonOf(record: Uint8Array): string {
  const key = new KeyInfo();
  return key.decode(record, 0, record.length) ? 'good' : key.reason;
}

const MB = 1 << 20;
const rs32: EcConfig = { data: 3, parity: 2, chunk: MB };

describe('KeyInfo', () => {
  it.each([
    [{ size: 1000, type: RATIS, factor: 3 }, 3000],
    [{ size: 1000, type: RATIS, factor: undefined }, 1000],
    [{ size: 1000, type: RATIS, factor: 0 }, 0],
    [{ size: 1000, type: STAND_ALONE, factor: 3 }, 1000],
    [{ size: 0, type: EC, ec: rs32 }, 0],
    [{ size: 10, type: EC, ec: rs32 }, 30],
    [{ size: 1048576, type: EC, ec: rs32 }, 3145728],
    [{ size: 1048577, type: EC, ec: rs32 }, 3145729],
    [{ size: 3145728, type: EC, ec: rs32 }, 5242880],
    [{ size: 3145733, type: EC, ec: rs32 }, 5242895],
  ])('computes the replicated size of %o', (options, replicated) => {
    const key = decoded(keyInfo(options));
    expect(key.replicated).toBe(replicated);
    expect(key.replicatedBig).toBe(BigInt(replicated));
  });

  it('computes the same with doubles as with bigints, wherever it says that they are exact', () => {
    const ec = fc.record({
      data: fc.integer({ min: 1, max: 2000 }),
      parity: fc.integer({ min: 0, max: 500_000 }),
      chunk: fc.integer({ min: 1, max: MB }),
    });
    const size = fc.oneof(
      fc.bigInt({ min: 0n, max: 1n << 41n }),
      fc.bigInt({ min: (1n << 40n) - 9n, max: 1n << 40n }),
    );
    fc.assert(
      fc.property(ec, size, fc.constantFrom(RATIS, STAND_ALONE, EC), (config, bytesOfData, type) => {
        const key = decoded(keyInfo({ size: bytesOfData, type, ec: config }));
        expect(key.sizeBig).toBe(bytesOfData);
        if (!key.wide) expect(BigInt(key.replicated)).toBe(key.replicatedBig);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes the last of scalars that come twice, and merges messages', () => {
    const halves = [message(int(1, 3), int(2, 9)), message(int(2, 2), bytes(3, 'RS'), int(4, MB))];
    const more = [int(4, 10), int(14, 5), int(14, 6), ...halves.map((half) => bytes(17, half))];
    const key = decoded(keyInfo({ size: 1, type: EC, more }));
    expect(key.replicated).toBe(30);
    expect(key.objectLow).toBe(6);
  });

  it('skips unknown fields of every kind, also groups and known fields in another wire type', () => {
    const group = message(Uint8Array.of(0x9b, 0x06), int(1, 5), bytes(2, 'x'), Uint8Array.of(0x9c, 0x06));
    const fixed = [Uint8Array.of(0xc9, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8), Uint8Array.of(0xcd, 0x3e, 1, 2, 3, 4)];
    const more = [int(1000, 1), bytes(1000, 'x'), group, ...fixed, bytes(4, 'no size'), int(7, 3)];
    expect(decoded(keyInfo({ size: 12, more })).size).toBe(12);
  });

  it('takes unknown enum values for absent fields', () => {
    expect(decoded(keyInfo({ factor: 7, size: 5 })).replicated).toBe(5);
    expect(reasonOf(keyInfo({ type: 77 }))).toBe('The required field `type` is missing');
  });

  it.each([
    ['negative size', keyInfo({ size: -1 }), 'The data size is negative'],
    ['CHAINED', keyInfo({ type: 3 }), 'The replication type CHAINED is not supported'],
    ['NONE', keyInfo({ type: -1 }), 'The replication type NONE is not supported'],
    [
      'EC without configuration',
      keyInfo({ type: EC }),
      'The replication type is EC, but there is no erasure coding configuration',
    ],
    [
      'unknown codec',
      keyInfo({ type: EC, ec: { ...rs32, codec: 'lrc' } }),
      'The erasure coding codec is neither RS nor XOR',
    ],
    [
      'stripe of 2^32',
      keyInfo({ type: EC, ec: { ...rs32, data: 4096 } }),
      'The erasure coding configuration is impossible',
    ],
    [
      'half a configuration',
      keyInfo({ more: [bytes(17, int(1, 3))] }),
      'The erasure coding configuration lacks a required field',
    ],
    [
      'no container',
      keyInfo({ more: [bytes(7, bytes(2, message(int(3, 0), int(4, 0))))] }),
      'A block location lacks a required field',
    ],
    [
      'metadata without key',
      keyInfo({ more: [bytes(11, bytes(2, 'v'))] }),
      'A nested message lacks a required field',
    ],
    ['NUL in the name', keyInfo({ name: 'a\0b' }), 'The key name contains a NUL character'],
    ['negative update id', keyInfo({ more: [int(15, -2)] }), 'The update id is negative'],
    ['field 0', keyInfo({ more: [Uint8Array.of(0, 0)] }), 'A tag has the field number 0'],
    [
      'wire type 6',
      keyInfo({ more: [Uint8Array.of(0x0e)] }),
      'A tag has the wire type 6 where a field must start',
    ],
    [
      'a stray end of a group',
      keyInfo({ more: [Uint8Array.of(0x0c)] }),
      'A tag has the wire type 4 where a field must start',
    ],
    [
      'an endless varint',
      keyInfo({ more: [Uint8Array.of(0x50, ...Array<number>(10).fill(0xff), 1)] }),
      'A varint has more than ten bytes',
    ],
    [
      'an empty record',
      new Uint8Array(),
      'The required field `volumeName`, `bucketName`, `keyName`, `dataSize`, `type`, `creationTime`, `modificationTime` is missing',
    ],
  ])('refuses %s', (_, record, reason) => {
    expect(reasonOf(record)).toBe(reason);
  });

  it('accepts the codec in any case, and merged configurations', () => {
    for (const codec of ['rs', 'RS', 'Xor']) {
      expect(decoded(keyInfo({ type: EC, ec: { ...rs32, codec } })).replication.parity).toBe(2);
    }
    expect(ecConfig(rs32)).toHaveLength(12);
  });

  it('is total: any bytes are a good record or have a reason', () => {
    const record = keyInfo({
      groups: [{ version: 1, containers: [1, 2, 3] }],
      type: EC,
      ec: rs32,
      objectId: -5n,
    });
    const damage = fc.tuple(fc.nat(record.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 4 }), fc.nat(record.length), (damages, length) => {
        const broken = Uint8Array.from(record);
        for (const [at, byte] of damages) broken[at] = byte;
        expect(reasonOf(broken.subarray(0, length))).not.toBe('');
      }),
      { numRuns: 3000 },
    );
  });
});
