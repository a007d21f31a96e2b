import { isUint8Array } from 'node:util/types';
import { expected } from '../store/expected.ts';

/** Bytes, or text that stands for its UTF-8. @public */
export type BytesOrText = Uint8Array | string;

/** Bytes of one's own. */
export function bytesOf(given: BytesOrText): Uint8Array {
  if (typeof given === 'string') return Buffer.from(given, 'utf8');
  const value: unknown = given;
  if (!isUint8Array(value)) throw expected('bytes', 'a Uint8Array or a string', value);
  return Buffer.from(value);
}
