// Not `instanceof`: a Buffer is no Uint8Array of a Jest sandbox.
import { isUint8Array } from 'node:util/types';
import { expected } from './expected.ts';

/**
 * How keys or values of a key-value table become bytes and come back. Any abstract-level database takes it as a
 * custom encoding, so a store reads the same with and without this library.
 *
 * @public
 */
export interface TableEncoding<T> {
  /** Names the encoding in error messages. */
  readonly name: string;
  readonly format: 'view';
  /** Throws `TypeError` on what it cannot hold. */
  encode(value: T): Uint8Array;
  /** Must not keep or change the bytes. */
  decode(bytes: Uint8Array): T;
}

/**
 * The encodings that have a name, as in abstract-level, and the types that they read and write.
 *
 * @public
 */
export interface EncodingTypes {
  /** UTF-8. Keys sort by code point. */
  readonly utf8: string;
  /** `JSON.stringify` in UTF-8; `json<V>()` is the same with a type. */
  readonly json: unknown;
  /** The bytes themselves, as Node's `Buffer`. */
  readonly buffer: Buffer;
  /** The bytes themselves. */
  readonly view: Uint8Array;
}

/** @public */
export type EncodingName = keyof EncodingTypes;

/** An encoding by name, or one of the author's own. @public */
export type AnyEncoding<T = unknown> = EncodingName | TableEncoding<T>;

/** What an encoding reads and writes. @public */
export type Decoded<E> = E extends EncodingName
  ? EncodingTypes[E]
  : E extends TableEncoding<infer T>
    ? T
    : never;

/**
 * The encoding `'json'` with the type of its values. The type is a promise of the caller's: nothing is checked.
 *
 * @public
 */
export function json<V>(): TableEncoding<V> {
  return {
    name: 'json',
    format: 'view',
    encode: encodeJson,
    decode: (bytes) => JSON.parse(asBuffer(bytes).toString('utf8')) as V,
  };
}

const utf8: TableEncoding<string> = {
  name: 'utf8',
  format: 'view',
  encode(value) {
    const given: unknown = value;
    if (typeof given !== 'string') throw expected('utf8 value', 'a string', given);
    return Buffer.from(given, 'utf8');
  },
  decode: (bytes) => asBuffer(bytes).toString('utf8'),
};

// Bytes are handed out as copies: a reader that writes into them must not reach the store.
const buffer: TableEncoding<Buffer> = {
  name: 'buffer',
  format: 'view',
  encode: encodeBytes,
  decode: (bytes) => Buffer.from(bytes),
};

const view: TableEncoding<Uint8Array> = {
  name: 'view',
  format: 'view',
  encode: encodeBytes,
  decode: (bytes) => new Uint8Array(bytes),
};

const named: { readonly [N in EncodingName]: TableEncoding<EncodingTypes[N]> } = Object.freeze({
  utf8,
  json: json<unknown>(),
  buffer,
  view,
});

/** The encoding of a name, or the encoding itself. Throws `TypeError` when it is neither. */
export function tableEncoding(encoding: AnyEncoding, option: string): TableEncoding<unknown> {
  if (typeof encoding === 'string' && Object.hasOwn(named, encoding)) return named[encoding];
  if (isTableEncoding(encoding)) return encoding;
  throw expected(option, "'utf8', 'json', 'buffer', 'view' or a table encoding", encoding);
}

function isTableEncoding(value: unknown): value is TableEncoding<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value) || typeof value.name !== 'string' || value.name === '') return false;
  if (!('format' in value) || value.format !== 'view') return false;
  return (
    'encode' in value &&
    typeof value.encode === 'function' &&
    'decode' in value &&
    typeof value.decode === 'function'
  );
}

function encodeJson(value: unknown): Uint8Array {
  // Typed as a string by the standard library, but `undefined` for functions, symbols and `undefined`.
  const text: unknown = JSON.stringify(value);
  if (typeof text !== 'string') throw expected('json value', 'a JSON value', value);
  return Buffer.from(text, 'utf8');
}

function encodeBytes(value: unknown): Uint8Array {
  if (!isUint8Array(value)) throw expected('bytes', 'a Buffer or Uint8Array', value);
  return value;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
