import type { AnyEncoding, Decoded, TableEncoding } from './table-encoding.ts';
import { tableEncoding } from './table-encoding.ts';

/**
 * How two values of one key become one, on the encoded values. Must be associative and commutative, and must keep
 * neither argument: the bytes may be used again.
 *
 * @public
 */
export type MergeRule = (left: Uint8Array, right: Uint8Array) => Uint8Array;

/**
 * Adds signed 64-bit integers, big-endian. Throws `TypeError` on values that are not 8 bytes long, `RangeError` when
 * the sum has no room.
 *
 * @public
 */
export const sumInt64: MergeRule = (left, right) => {
  const sum = int64(left) + int64(right);
  if (BigInt.asIntN(64, sum) !== sum) throw new RangeError(`${String(sum)} has no room in 64 bits`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, sum);
  return bytes;
};

/**
 * A merge rule on decoded values: decodes both, merges, encodes.
 *
 * @example
 * ```ts
 * const union = mergeDecoded(json<string[]>(), (left, right) => [...new Set([...left, ...right])].sort())
 * ```
 *
 * @public
 */
export function mergeDecoded<const E extends AnyEncoding>(
  encoding: E,
  merge: (left: Decoded<E>, right: Decoded<E>) => Decoded<E>,
): MergeRule {
  // `Decoded<E>` is by definition what the encoding of E reads and writes.
  const codec = tableEncoding(encoding, 'encoding') as TableEncoding<Decoded<E>>;
  return (left, right) => codec.encode(merge(codec.decode(left), codec.decode(right)));
}

function int64(bytes: Uint8Array): bigint {
  if (bytes.length !== 8) {
    throw new TypeError(`Expected a 64-bit integer, got ${bytes.length} bytes`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0);
}
