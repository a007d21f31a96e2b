import type { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { boundOfIndex, FILE_SIZE_BOUNDS, fileSizeBoundIndex } from '../encodings/file-size-bins.ts';
import type { FileCountBySizeRow } from '../recon-tables.ts';

/**
 * Counts files by volume, bucket and upper bound of their size; what a delta takes away counts below zero. The names are those in the record, not in its key; the
 * keys of a bucket are neighbours, so names are compared with those of the row before, and looked up when they change.
 */
export class FileSizeCounts {
  readonly #volumes: Uint8Array[] = [];
  readonly #buckets: Uint8Array[] = [];
  readonly #indexes = new Map<string, number>();
  #counts = new Float64Array(FILE_SIZE_BOUNDS * 16);
  #current = -1;

  add(bytes: Uint8Array, key: KeyInfo, step: 1 | -1 = 1): void {
    if (!this.#isCurrent(bytes, key)) this.#switchTo(bytes, key);
    const at = this.#current * FILE_SIZE_BOUNDS + fileSizeBoundIndex(key.size);
    this.#counts[at] = (this.#counts[at] ?? 0) + step;
  }

  /** All counts but zeros. Names that are no good UTF-8 may read the same: the rows of one key then belong together. */
  *rows(): Iterable<FileCountBySizeRow> {
    const text = new TextDecoder();
    for (const [bucketIndex, bucketName] of this.#buckets.entries()) {
      const volume = text.decode(this.#volumes[bucketIndex]);
      const bucket = text.decode(bucketName);
      for (let index = 0; index < FILE_SIZE_BOUNDS; index++) {
        const count = this.#counts[bucketIndex * FILE_SIZE_BOUNDS + index] ?? 0;
        if (count !== 0) yield { volume, bucket, file_size: boundOfIndex(index), count: BigInt(count) };
      }
    }
  }

  #isCurrent(bytes: Uint8Array, key: KeyInfo): boolean {
    const volume = this.#volumes[this.#current];
    const bucket = this.#buckets[this.#current];
    return (
      volume !== undefined &&
      bucket !== undefined &&
      isAt(volume, bytes, key.volumeStart, key.volumeEnd) &&
      isAt(bucket, bytes, key.bucketStart, key.bucketEnd)
    );
  }

  #switchTo(bytes: Uint8Array, key: KeyInfo): void {
    const volume = bytes.slice(key.volumeStart, key.volumeEnd);
    const bucket = bytes.slice(key.bucketStart, key.bucketEnd);
    // One character a byte, and the length in front: different names give different strings.
    const name = `${String(volume.length)} ${Buffer.concat([volume, bucket]).toString('latin1')}`;
    const known = this.#indexes.get(name);
    this.#current = known ?? this.#volumes.length;
    if (known !== undefined) return;
    this.#indexes.set(name, this.#current);
    this.#volumes.push(volume);
    this.#buckets.push(bucket);
    if (this.#volumes.length * FILE_SIZE_BOUNDS <= this.#counts.length) return;
    const larger = new Float64Array(this.#counts.length * 2);
    larger.set(this.#counts);
    this.#counts = larger;
  }
}

function isAt(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[start + at]) return false;
  return true;
}
