import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockMemory } from '../../../src/ozone/rocksdb/block-memory.ts';
import { BlockMemoryFactory } from '../../../src/ozone/rocksdb/block-memory.ts';
import { Crc32c } from '../../../src/ozone/rocksdb/crc32c.ts';
import { decodeLz4 } from '../../../src/ozone/rocksdb/lz4.ts';
import { decodeSnappy } from '../../../src/ozone/rocksdb/snappy.ts';

const crc = new Crc32c();

/** One element of a compressed block: a literal, or a copy from `distance` before. */
type Element = { readonly literal: Uint8Array } | { readonly distance: number; readonly length: number };

const elements = fc.array(
  fc.oneof(
    fc.record({ literal: fc.uint8Array({ minLength: 1, maxLength: 400 }) }),
    fc.record({ distance: fc.integer({ min: 1, max: 70_000 }), length: fc.integer({ min: 4, max: 64 }) }),
  ),
  { minLength: 1, maxLength: 60 },
);

/** Keeps copies inside what is there, and says what the elements decode to. */
function decoded(raw: readonly Element[]): { whole: Uint8Array; valid: Element[] } {
  const out: number[] = [];
  const valid: Element[] = [];
  for (const element of raw) {
    if ('literal' in element) {
      out.push(...element.literal);
      valid.push(element);
    } else if (out.length > 0) {
      const distance = ((element.distance - 1) % out.length) + 1;
      for (let i = 0; i < element.length; i++) out.push(out[out.length - distance] ?? 0);
      valid.push({ distance, length: element.length });
    }
  }
  return { whole: Uint8Array.from(out), valid };
}

function snappy(valid: readonly Element[]): Uint8Array {
  const out: number[] = [];
  for (const element of valid) {
    if ('literal' in element) {
      const length = element.literal.length - 1;
      if (length < 60) out.push(length << 2);
      else if (length < 256) out.push(60 << 2, length);
      else out.push(61 << 2, length & 255, length >> 8);
      out.push(...element.literal);
    } else {
      const { distance, length } = element;
      if (length < 12 && distance < 2048)
        out.push(1 | ((length - 4) << 2) | ((distance >> 8) << 5), distance & 255);
      else if (distance < 65_536) out.push(2 | ((length - 1) << 2), distance & 255, distance >> 8);
      else out.push(3 | ((length - 1) << 2), distance & 255, (distance >> 8) & 255, distance >> 16, 0);
    }
  }
  return Uint8Array.from(out);
}

/** Decodes in a block memory; undefined when the input is refused. */
function inMemory(memory: BlockMemory, block: Uint8Array, length: number): Uint8Array | undefined {
  memory.reserve(block.length, length);
  memory.bytes.set(block, memory.windowStart);
  if (!memory.snappy(memory.windowStart, memory.windowStart + block.length, length)) return undefined;
  return memory.bytes.slice(memory.blockStart, memory.blockStart + length);
}

describe('Snappy', () => {
  it('decodes in WebAssembly and in plain JavaScript what was encoded', () => {
    const memories = [new BlockMemoryFactory(crc).create(), new BlockMemoryFactory(crc, false).create()];
    const property = fc.property(elements, (raw) => {
      const { whole, valid } = decoded(raw);
      for (const memory of memories) {
        const result = inMemory(memory, snappy(valid), whole.length);
        expect(result !== undefined && Buffer.compare(result, whole) === 0).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('decodes or refuses damaged input alike in both, and writes nothing outside', () => {
    const fast = new BlockMemoryFactory(crc).create();
    const property = fc.property(
      elements,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: -20, max: 20 }),
      (raw, changes, more) => {
        const { whole, valid } = decoded(raw);
        const block = snappy(valid);
        for (const [place, byte] of changes) block[place % block.length] = byte;
        const length = Math.max(0, whole.length + more);
        const plain = new Uint8Array(length + 64).fill(0xee);
        const isWhole = decodeSnappy(block, 0, block.length, plain, 0, length);
        expect(plain.subarray(length).every((byte) => byte === 0xee)).toBe(true);
        const result = inMemory(fast, block, length);
        expect(result !== undefined).toBe(isWhole);
        if (result !== undefined) expect(Buffer.compare(result, plain.subarray(0, length))).toBe(0);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe('LZ4', () => {
  it('never writes outside its target, nor fails otherwise than by saying so', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(2000), (block, length) => {
      const room = new Uint8Array(length + 64).fill(0xee);
      decodeLz4(block, room.subarray(0, length));
      expect(room.subarray(length).every((byte) => byte === 0xee)).toBe(true);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('decodes literals, overlapping copies and long lengths', () => {
    const block = Uint8Array.of(0x1f, 0x61, 1, 0, 255, 10, 0x10, 0x62);
    const target = new Uint8Array(1 + 4 + 15 + 265 + 1);
    expect(decodeLz4(block, target)).toBe(true);
    expect(Buffer.from(target).toString('latin1')).toBe(`${'a'.repeat(285)}b`);
  });
});

describe('CRC-32C', () => {
  it('is the known one', () => {
    expect(crc.of(Buffer.from('123456789'), 0, 9)).toBe(0xe3069283);
  });

  it('is the same in WebAssembly, whatever the length and alignment', () => {
    const memory = new BlockMemoryFactory(crc).create();
    const bytes = randomBytes(500);
    memory.reserve(bytes.length, 0);
    memory.bytes.set(bytes, memory.windowStart);
    for (let start = 0; start < 9; start++) {
      for (let end = start; end < 60; end++) {
        const found = memory.crc32c(memory.windowStart + start, memory.windowStart + end);
        expect(found).toBe(crc.of(bytes, start, end));
      }
    }
    expect(memory.crc32c(memory.windowStart, memory.windowStart + 500)).toBe(crc.of(bytes, 0, 500));
  });
});
