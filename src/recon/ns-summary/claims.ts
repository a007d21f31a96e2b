import type { Sink } from '../../task/context.ts';
import { putInt64 } from '../encodings/big-endian.ts';
import { RowBuilder } from './row-builder.ts';

/**
 * A row of `namespaceClaims`: a source row that wants to be the bucket or directory of an object id. The key is the id,
 * the rank, and the source row's key, so that the first row of an id is the one that counts, as in a rebuild. All good
 * rows are there. A bucket's value is its layout, a directory's its parent and its name; a marker's is empty.
 */
export interface Claim {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Ranks: which of several rows with one object id counts. */
export const BUCKET_CLAIM = 0;
export const DIRECTORY_CLAIM = 1;
/** Only in LEGACY buckets that count, with file-system paths on. */
export const MARKER_CLAIM = 2;

const ID_BYTES = 8;

export function rankOf({ key }: Claim): number {
  return key[ID_BYTES] ?? 0;
}

/** Key of the source row. */
export function rowKeyOf({ key }: Claim): Uint8Array {
  return key.subarray(ID_BYTES + 1);
}

/** An object id, given as two int32 halves, as the bytes of a key. */
export function idKey(high: number, low: number): Uint8Array {
  const key = new Uint8Array(ID_BYTES);
  putInt64(key, 0, high, low);
  return key;
}

export function claimKey(id: Uint8Array, rank: number, rowKey: Uint8Array): Uint8Array {
  return Buffer.concat([id, Uint8Array.of(rank), rowKey]);
}

/** Writes the claims of a rebuild. */
export class ClaimWriter {
  readonly #sink: Sink;
  readonly #key = new RowBuilder();
  readonly #value = new RowBuilder();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** The claim of the source row with the key `keys[start .. end)`. */
  key(high: number, low: number, rank: number, keys: Uint8Array, start: number, end: number): RowBuilder {
    this.#key.clear().int64(high, low).uint8(rank).part(keys, start, end);
    return this.#value.clear();
  }

  /** Writes the row whose key was given last, with the value that was built since. */
  put(): void {
    void this.#sink.putBytes(this.#key.bytes, this.#key.length, this.#value.bytes, this.#value.length);
  }
}
