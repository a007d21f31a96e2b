import { types } from 'node:util';
import { errorMessage } from '../errors.ts';
import { expected } from '../store/expected.ts';

/**
 * How the delta log keeps the host's own values: a delta's `cursor` and its events' `data`. All else of a delta the log
 * keeps by itself.
 *
 * @public
 */
export interface DeltaCodec {
  /**
   * Written with every record: a log is read by a codec of the same name only. Change it whenever the codec could not read
   * any more what it wrote before. At most 255 bytes of UTF-8.
   */
  readonly name: string;
  /**
   * Turns some values into bytes. What it cannot keep as it is, it must refuse with a `TypeError`, since whatever it
   * changes is applied changed after a restart. `nameOf(index)` says what to call a value in the message, for example
   * `events[3].data`.
   */
  encode(values: readonly unknown[], nameOf: (index: number) => string): Uint8Array;
  /** The same values again, as many as were given. The bytes are not used otherwise; the values may point into them. */
  decode(bytes: Uint8Array): readonly unknown[];
}

/** Throws `TypeError` unless it has the shape of a codec. */
export function checkCodec(codec: DeltaCodec, option = 'codec'): void {
  const given: unknown = codec;
  if (typeof given !== 'object' || given === null) throw expected(option, 'a delta codec', given);
  const shape: Readonly<Record<keyof DeltaCodec, unknown>> = codec;
  const { name, encode, decode } = shape;
  if (typeof name !== 'string' || name === '' || Buffer.byteLength(name) > 255)
    throw expected(`${option}.name`, 'a text of 1 to 255 bytes', name);
  if (typeof encode !== 'function') throw expected(`${option}.encode`, 'a function', encode);
  if (typeof decode !== 'function') throw expected(`${option}.decode`, 'a function', decode);
}

/** Encodes through the host's codec; whatever it refuses is a `TypeError`. */
export function encodeValues(
  codec: DeltaCodec,
  values: readonly unknown[],
  nameOf: (index: number) => string,
): Uint8Array {
  let bytes: unknown;
  try {
    bytes = codec.encode(values, nameOf);
  } catch (error) {
    if (types.isNativeError(error) && error.name === 'TypeError') throw error;
    throw new TypeError(
      `The codec '${codec.name}' cannot keep ${nameOf(0)}${values.length > 1 ? ' or a later value' : ''}: ${errorMessage(error)}`,
      { cause: error },
    );
  }
  if (!types.isUint8Array(bytes)) throw expected(`codec.encode of '${codec.name}'`, 'a Uint8Array', bytes);
  return bytes;
}

/** Decodes through the host's codec. Throws when that is not possible; the caller says which record it was. */
export function decodeValues(codec: DeltaCodec, bytes: Uint8Array, count: number): readonly unknown[] {
  const values: unknown = codec.decode(bytes);
  if (!Array.isArray(values) || values.length !== count)
    throw new RangeError(`the codec '${codec.name}' gave something else than ${count} values`);
  return values;
}
