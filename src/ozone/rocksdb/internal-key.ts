import { compareBytes } from './byte-order.ts';
import { unsupported } from './read-errors.ts';

/** The kinds of entries that the reader knows: the last byte but seven of an internal key. */
export const DELETION = 0;
export const VALUE = 1;
export const SINGLE_DELETION = 7;
export const RANGE_DELETION = 15;

/** An internal key is the user's key and these many bytes: kind, then a 56-bit sequence. */
export const TRAILER_BYTES = 8;

const KINDS: Readonly<Record<number, string>> = {
  2: 'a merge operand (2)',
  0x11: 'a blob index (0x11)',
  0x14: 'a deletion with a timestamp (0x14)',
  0x16: 'a wide-column entity (0x16)',
  0x18: 'a value with a preferred sequence (0x18)',
};

export function unsupportedKind(file: string, kind: number): Error {
  return unsupported(file, KINDS[kind] ?? `an entry of the unknown kind ${kind}`);
}

/** A bound of a table file, as the MANIFEST tells it. */
export interface InternalKey {
  readonly userKey: Uint8Array;
  /** The sentinel of an exclusive bound, 2^56 - 1, is rounded up by a double; it stays above every real sequence. */
  readonly sequence: number;
}

export function internalKey(bytes: Uint8Array): InternalKey | undefined {
  const userLength = bytes.length - TRAILER_BYTES;
  if (userLength < 0) return undefined;
  let sequence = 0;
  for (let i = bytes.length - 1; i > userLength; i--) sequence = sequence * 256 + (bytes[i] ?? 0);
  return { userKey: bytes.slice(0, userLength), sequence };
}

/** User keys ascend; of one user key the newest comes first. */
export function compareInternalKeys(a: InternalKey, b: InternalKey): number {
  return compareBytes(a.userKey, b.userKey) || b.sequence - a.sequence;
}
