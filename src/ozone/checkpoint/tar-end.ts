import type { TransformCallback } from 'node:stream';
import { Transform } from 'node:stream';

/** A tar ends with two blocks of zeros; without them the rest is missing. */
const END_BYTES = 1024;
const BLOCK_BYTES = 512;

/** Passes a tar on and watches how it ends, because the parser takes any entry's end for the end of the archive. */
export class TarEnd extends Transform {
  #zeros = 0;
  #bytes = 0;
  #entryBytes = 0;

  /** Told of each entry: how many bytes of the archive it takes at least. A file of zeros is no end. */
  entry(sizeBytes: number, hasExtendedHeader: boolean): void {
    this.#entryBytes += BLOCK_BYTES + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
    if (hasExtendedHeader) this.#entryBytes += 2 * BLOCK_BYTES;
  }

  /** Whether what has passed so far ends as an archive does: behind its last entry. */
  get isWhole(): boolean {
    return this.#zeros >= END_BYTES && this.#bytes >= this.#entryBytes + END_BYTES;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    let zeros = 0;
    while (zeros < chunk.length && zeros < END_BYTES && chunk[chunk.length - 1 - zeros] === 0) zeros++;
    this.#zeros = zeros === chunk.length ? this.#zeros + zeros : zeros;
    done(null, chunk);
  }
}
