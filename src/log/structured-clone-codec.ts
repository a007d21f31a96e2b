import { deserialize, serialize } from 'node:v8';
import { expected } from '../store/expected.ts';
import type { DeltaCodec } from './delta-codec.ts';
import { findUnkept } from './find-unkept.ts';

/**
 * The default codec of the delta log. It keeps what is data: strings, numbers (`NaN` and `-0` too), `bigint`, booleans,
 * `null`, `undefined`, plain objects and arrays, `Date`, `Map`, `Set`, `ArrayBuffer` and its views (`Buffer` too), also
 * when they refer to one another in circles. It refuses, with a `TypeError` that says where, what would come back as
 * something else: functions, symbols, instances of classes, accessors, hidden properties, `RegExp`, `Error`, shared memory.
 *
 * An object without a prototype comes back as a plain object; a frozen one unfrozen.
 *
 * @public
 */
export const structuredCloneCodec: DeltaCodec = Object.freeze({
  name: 'structured-clone',
  encode(values: readonly unknown[], nameOf: (index: number) => string): Uint8Array {
    for (const [index, value] of values.entries()) {
      const unkept = findUnkept(value);
      if (unkept !== undefined) {
        throw expected(
          `${nameOf(index)}${unkept.path}`,
          'plain data that the delta log can keep',
          unkept.value,
        );
      }
    }
    return serialize(values);
  },
  decode(bytes: Uint8Array): readonly unknown[] {
    const values: unknown = deserialize(bytes);
    return Array.isArray(values) ? values : [];
  },
});
