import type { TransformCallback } from 'node:stream';
import { Transform } from 'node:stream';

/** A tar ends with two blocks of zeros; without them the rest is missing. */
const END_BYTES = 1024;

/** Passes a tar on and watches how it ends, because the parser takes any entry's end for the end of the archive. */
export class TarEnd extends Transform {
  #zeros = 0;

  /** Whether what has passed so far ends as an archive does. */
  get isWhole(): boolean {
    return this.#zeros >= END_BYTES;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let zeros = 0;
    while (zeros < chunk.length && zeros < END_BYTES && chunk[chunk.length - 1 - zeros] === 0) zeros++;
    this.#zeros = zeros === chunk.length ? this.#zeros + zeros : zeros;
    done(null, chunk);
  }
}
