import { open, type FileHandle } from 'node:fs/promises';

/**
 * One sorted run on disk: records of `u32 keyLength, u32 valueLength, u32 origin, key, value`, little-endian. A run
 * lives only as long as the staged generation that it feeds, so it is neither synced nor checked.
 */
export const RECORD_HEADER_BYTES = 12;

const READ_BYTES = 64 << 10;

/** Writes one run from start to end. */
export class RunWriter {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<RunWriter> {
    return new RunWriter(await open(path, 'wx'));
  }

  async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      written += (await this.#file.write(bytes, written, bytes.length - written)).bytesWritten;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Reads one run record by record; `next()` is synchronous as long as the buffer lasts. */
export class RunReader {
  /** The current record lies in `buffer`. */
  buffer: Buffer = Buffer.allocUnsafe(READ_BYTES);
  keyStart = 0;
  keyEnd = 0;
  valueEnd = 0;
  origin = 0;
  #position = 0;
  #filled = 0;
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<RunReader> {
    return new RunReader(await open(path, 'r'));
  }

  /** Whether there is another record; `undefined` when more must be read first. */
  next(): boolean | undefined {
    const left = this.#filled - this.#position;
    if (left < RECORD_HEADER_BYTES) return undefined;
    const at = this.#position;
    const keyLength = this.buffer.readUInt32LE(at);
    const valueLength = this.buffer.readUInt32LE(at + 4);
    if (left < RECORD_HEADER_BYTES + keyLength + valueLength) return undefined;
    this.origin = this.buffer.readUInt32LE(at + 8);
    this.keyStart = at + RECORD_HEADER_BYTES;
    this.keyEnd = this.keyStart + keyLength;
    this.valueEnd = this.keyEnd + valueLength;
    this.#position = this.valueEnd;
    return true;
  }

  /** Moves to the next record; `false` at the end. */
  async advance(): Promise<boolean> {
    for (;;) {
      const here = this.next();
      if (here !== undefined) return here;
      if (!(await this.#fill())) return false;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #fill(): Promise<boolean> {
    this.buffer.copyWithin(0, this.#position, this.#filled);
    this.#filled -= this.#position;
    this.#position = 0;
    if (this.#filled === this.buffer.length) {
      const larger = Buffer.allocUnsafe(this.buffer.length * 2);
      this.buffer.copy(larger, 0, 0, this.#filled);
      this.buffer = larger;
    }
    const room = this.buffer.length - this.#filled;
    const { bytesRead } = await this.#file.read(this.buffer, this.#filled, room);
    this.#filled += bytesRead;
    return bytesRead > 0;
  }
}
