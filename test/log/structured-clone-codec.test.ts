import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DeltaLog } from '../../src/log/delta-log.ts';
import type { DeltaCodec } from '../../src/log/delta-codec.ts';
import { structuredCloneCodec as codec } from '../../src/log/structured-clone-codec.ts';
import { unlimited } from './sample-deltas.ts';

const keep = (value: unknown): unknown => codec.decode(codec.encode([value], () => 'data'))[0];
const elsewhere = (code: string): unknown => runInNewContext(code);

class Money {
  readonly cents = 5;
}
class Pairs extends Map<string, string> {}
class Moment extends Date {}
class Bytes extends Uint8Array {}
class List extends Array<number> {}

describe('the default codec', () => {
  it('keeps any data', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: false,
          withSparseArray: true,
        }),
        (value) => {
          expect(keep(value)).toStrictEqual(value);
        },
      ),
    );
  });

  it.each([
    ['NaN', NaN],
    ['-0', -0],
    ['an invalid date', new Date(NaN)],
    ['a Buffer', Buffer.from('bytes')],
    ['a view of a part', new Uint16Array(new ArrayBuffer(16), 4, 3)],
    ['an ArrayBuffer', Uint8Array.of(1, 2, 3).buffer],
    ['a hole', [1, , 3]],
    ['undefined', { a: undefined }],
    ['lone surrogates', '\ud800'],
    ['an own __proto__', JSON.parse('{"__proto__": {"a": 1}}')],
    ['nested maps', new Map<unknown, unknown>([[new Set([1n]), new Map([[{ a: 1 }, [null]]])]])],
  ])('keeps %s', (_, value) => {
    expect(keep(value)).toStrictEqual(value);
  });

  it('keeps circles', () => {
    const circle: { self?: unknown; list: unknown[] } = { list: [] };
    circle.self = circle;
    circle.list.push(circle.list);
    const kept = keep(circle);
    expect(kept).toHaveProperty('self', kept);
  });

  it('keeps data of another realm', () => {
    const value = elsewhere(
      '({ list: [1, { a: new Date(5) }], map: new Map([[1, new Set([2])]]), bytes: Uint8Array.of(7) })',
    );
    expect(keep(value)).toStrictEqual({
      list: [1, { a: new Date(5) }],
      map: new Map([[1, new Set([2])]]),
      bytes: Uint8Array.of(7),
    });
  });

  it('gives an object without a prototype back as a plain one', () => {
    expect(keep(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
  });

  it.each([
    ['data', () => 1],
    ['data', Symbol('s')],
    ['data.a', { a: Symbol('s') }],
    ['data.when', { when: /x/ }],
    ['data[1].error', [0, { error: new Error('x') }]],
    ['data.error', { error: elsewhere('new TypeError("x")') }],
    ['data.price', { price: new Money() }],
    ['data.price', { price: elsewhere('new (class Money {})()') }],
    ['data.inherits', { inherits: Object.create({ a: 1 }) as unknown }],
    ['data.inherits', { inherits: Object.create(Object.create(null) as object) as unknown }],
    ['data', new Pairs()],
    ['data', new Moment()],
    ['data', new Bytes(3)],
    ['data', List.of(1, 2)],
    ['data', new WeakMap()],
    ['data', Promise.resolve()],
    ['data', new Proxy({}, {})],
    ['data', Object(1)],
    ['data', new SharedArrayBuffer(4)],
    ['data', new Uint8Array(new SharedArrayBuffer(4))],
    ['data["odd key"].abs', { 'odd key': Math }],
    ['data.get', Object.defineProperty({}, 'get', { get: () => 1, enumerable: true })],
    ['data[0]', Object.defineProperty([1], '0', { get: () => 1, enumerable: true })],
    ['data.hidden', Object.defineProperty({}, 'hidden', { value: 1 })],
    ['data[Symbol(s)]', { [Symbol('s')]: 1 }],
    ['data', Object.assign(new Map(), { extra: 1 })],
    ['data', Object.assign(new Date(), { extra: 1 })],
    ['data.list.extra', { list: Object.assign([1], { extra: () => 1 }) }],
    [
      'data.m[key 1].a',
      {
        m: new Map<unknown, unknown>([
          [1, 2],
          [{ a: /x/ }, 1],
        ]),
      },
    ],
    ['data.m[value 0]', { m: new Map([[1, /x/]]) }],
    ['data.s[item 1]', { s: new Set([1, /x/]) }],
  ])('refuses %s', (name, value) => {
    expect(() => codec.encode([value], () => 'data')).toThrow(TypeError);
    expect(() => codec.encode([value], () => 'data')).toThrow(`\`${name}\``);
  });

  it('calls no code of the value', () => {
    const value = Object.defineProperty({}, 'get', {
      get: () => {
        throw new Error('was called');
      },
      enumerable: true,
    });
    expect(() => codec.encode([value], () => 'data')).toThrow(TypeError);
  });
});

describe("a codec of the host's", () => {
  const json: DeltaCodec = {
    name: 'json',
    encode: (values) => Buffer.from(JSON.stringify(values)),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown[],
  };
  const event = (sequence: bigint, data: unknown) => ({ sequence, table: 't', key: Uint8Array.of(1), data });

  it('keeps cursors and data', async () => {
    const log = await DeltaLog.open({ path: undefined, codec: json });
    const events = [event(1n, { a: 1 }), event(1n, undefined), event(2n, ['b'])];
    await log.append({ after: 0n, through: 2n, events, cursor: { offset: 7 } }).durable;
    expect(await log.read(0n, unlimited)).toEqual(expect.objectContaining({ events, cursor: { offset: 7 } }));
    expect(log.tail?.cursor).toEqual({ offset: 7 });
    await log.close();
  });

  it.each([
    [
      'a TypeError of its own',
      {
        ...json,
        encode: () => {
          throw new TypeError('events[0].data is wrong');
        },
      },
      'events[0].data is wrong',
    ],
    [
      'another error',
      {
        ...json,
        encode: () => {
          throw new Error('too large');
        },
      },
      /'json' cannot keep events\[0\]\.data.*too large/,
    ],
    ['no bytes', { ...json, encode: () => 'text' as never }, 'Uint8Array'],
  ])('that answers with %s refuses the delta', async (_, wrong, message) => {
    const log = await DeltaLog.open({ path: undefined, codec: wrong });
    const append = () => log.append({ after: 0n, through: 2n, events: [event(1n, 1)] });
    expect(append).toThrow(TypeError);
    expect(append).toThrow(message);
    await log.close();
  });

  it.each([
    ['codec', null],
    ['codec.name', { ...json, name: '' }],
    ['codec.name', { ...json, name: 'x'.repeat(256) }],
    ['codec.encode', { ...json, encode: 1 }],
    ['codec.decode', { name: 'json', encode: () => new Uint8Array() }],
  ])('is refused for its %s', async (name, wrong) => {
    const opened = DeltaLog.open({ path: undefined, codec: wrong as never });
    await expect(opened).rejects.toThrow(TypeError);
    await expect(opened).rejects.toThrow(`\`${name}\``);
  });
});
