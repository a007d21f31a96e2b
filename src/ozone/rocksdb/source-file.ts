import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { changedWhileRead, damaged, isMissing, readFailed } from './read-errors.ts';

/** An open file of a checkpoint: reads are bounded by its size, and failures say which file and why. */
export class SourceFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;

  private constructor(path: string, sizeBytes: number, handle: FileHandle) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  /** Opens a file that was seen before, with the size that it must have: one that is gone now has been deleted. */
  static async open(path: string, sizeBytes: number): Promise<SourceFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch (error) {
      if (isMissing(error)) throw changedWhileRead(dirname(path), `${basename(path)} is gone`, error);
      throw readFailed(path, error);
    }
    return new SourceFile(path, sizeBytes, handle);
  }

  /** Fills `target` from `offset`. */
  async readInto(target: Uint8Array, offset: number): Promise<void> {
    if (offset < 0 || offset + target.length > this.sizeBytes) {
      throw damaged(this.path, offset, 'a block points past the end of the file');
    }
    for (let filled = 0; filled < target.length;) {
      const left = target.length - filled;
      const { bytesRead } = await this.#handle
        .read(target, filled, left, offset + filled)
        .catch((error: unknown) => {
          throw readFailed(this.path, error);
        });
      if (bytesRead === 0)
        throw damaged(this.path, offset + filled, 'the file is shorter than the MANIFEST says');
      filled += bytesRead;
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    // Checked before the allocation: the length may come from damaged bytes.
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes) {
      throw damaged(this.path, offset, 'a block points past the end of the file');
    }
    const bytes = new Uint8Array(length);
    await this.readInto(bytes, offset);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
