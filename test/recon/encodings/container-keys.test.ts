import { describe, expect, it } from 'vitest';
import {
  decodeContainerKey,
  decodeContainerKeyCount,
  decodeKeyContainer,
  encodeContainerId,
  encodeContainerKey,
  encodeContainerKeyCount,
  encodeKeyContainer,
} from '../../../src/recon/index.ts';

const key = { containerId: 1001n, keyPrefix: '/vol1/bucket1/key1', keyVersion: 0n };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the encodings of the container key tables', () => {
  it('are those of the test vectors', () => {
    expect(hex(encodeContainerKey(key))).toBe(
      '00000000000003e95f2f766f6c312f6275636b6574312f6b6579315f0000000000000000',
    );
    expect(hex(encodeKeyContainer(key))).toBe(
      '2f766f6c312f6275636b6574312f6b6579315f00000000000000005f00000000000003e9',
    );
    expect(hex(encodeContainerId(1001n))).toBe('00000000000003e9');
    expect(hex(encodeContainerKeyCount(3n))).toBe('0000000000000003');
  });

  it('leave parts out for the start of a range', () => {
    expect(hex(encodeContainerKey({ containerId: 1n }))).toBe('0000000000000001');
    expect(hex(encodeContainerKey({ containerId: 1n, keyPrefix: 'a' }))).toBe('00000000000000015f61');
    expect(hex(encodeKeyContainer({ keyPrefix: 'a' }))).toBe('61');
    expect(hex(encodeKeyContainer({ keyPrefix: 'a', keyVersion: 2n }))).toBe('615f0000000000000002');
  });

  it('are read back, also with underscores in the key', () => {
    const odd = { containerId: 0x5f5f5f5f5f5f5f5fn, keyPrefix: '/v/b/_é_', keyVersion: 0x5f5fn };
    for (const one of [key, odd]) {
      expect(decodeContainerKey(encodeContainerKey(one))).toEqual(one);
      expect(decodeKeyContainer(encodeKeyContainer(one))).toEqual(one);
    }
  });

  it('refuse bytes that are none', () => {
    expect(() => decodeContainerKey(encodeContainerKey({ containerId: 1n }))).toThrow(TypeError);
    expect(() => decodeKeyContainer(encodeKeyContainer({ keyPrefix: 'abc' }))).toThrow('keyContainerTable');
    expect(() => decodeContainerKeyCount(new Uint8Array(4))).toThrow(TypeError);
  });
});
