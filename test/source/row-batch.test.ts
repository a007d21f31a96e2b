import { expect, it } from 'vitest';
import { rowBatch, type BytesOrText } from '../../src/index.ts';

it('holds the rows that it was given, as bytes of its own', () => {
  const key = Buffer.from([0, 255]);
  const batch = rowBatch([
    [key, ''],
    ['é', Buffer.from('value')],
  ]);
  key[0] = 9;
  expect(batch.length).toBe(2);
  expect(Buffer.from(batch.key(0))).toEqual(Buffer.from([0, 255]));
  expect(batch.value(0)).toHaveLength(0);
  expect(Buffer.from(batch.key(1)).toString()).toBe('é');
  expect(Buffer.from(batch.value(1)).toString()).toBe('value');
  expect(Buffer.from(batch.keys.subarray(batch.keyStarts[1], batch.keyEnds[1])).toString()).toBe('é');
});

it('has no other rows', () => {
  expect(rowBatch([]).length).toBe(0);
  expect(() => rowBatch([]).key(0)).toThrow(RangeError);
});

it('refuses what is neither bytes nor text', () => {
  const wrong: unknown = 7;
  expect(() => rowBatch([['key', wrong as BytesOrText]])).toThrow(TypeError);
});
