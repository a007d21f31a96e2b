import { StagedReprocessError } from '../errors.ts';
import type { Sink, SinkOptions } from '../task/context.ts';
import { compareBytes } from './compare-bytes.ts';
import type { RowBytes } from './generation-writer.ts';
import type { StagedTable } from './staged-table.ts';

export interface TaskSinkOptions extends SinkOptions {
  /** Number of the task among those of the run: tells rows of different tasks apart. */
  readonly origin: number;
  readonly encode: (row: readonly unknown[]) => RowBytes;
  /** Throws when the task may not write any more. */
  readonly check: () => void;
}

/** What a task writes one table through. */
export class TaskSink implements Sink {
  /** Rows taken from the task. */
  rows = 0;
  readonly #table: StagedTable;
  readonly #options: TaskSinkOptions;
  #last = new Uint8Array(256);
  #lastLength = -1;

  constructor(table: StagedTable, options: TaskSinkOptions) {
    this.#table = table;
    this.#options = options;
  }

  put(...row: readonly unknown[]): Promise<void> | undefined {
    const { key, value } = this.#options.encode(row);
    return this.putBytes(key, key.length, value, value.length);
  }

  putBytes(
    key: Uint8Array,
    keyLength: number,
    value: Uint8Array,
    valueLength: number,
  ): Promise<void> | undefined {
    this.#options.check();
    this.rows += 1;
    if (this.#options.ascending !== true) {
      return this.#table.add(key, keyLength, value, valueLength, this.#options.origin);
    }
    this.#checkAscending(key, keyLength);
    return this.#table.streams
      ? this.#table.write(key, keyLength, value, valueLength)
      : this.#table.add(key, keyLength, value, valueLength, this.#options.origin);
  }

  /** Resolves when there is room again; the engine awaits it after each batch of a scan. */
  drain(): Promise<void> {
    return this.#table.drain();
  }

  #checkAscending(key: Uint8Array, length: number): void {
    if (this.#lastLength >= 0 && compareBytes(key, 0, length, this.#last, 0, this.#lastLength) <= 0) {
      throw new StagedReprocessError(
        'REPROCESS_KEY_ORDER',
        `A sink of table '${this.#table.name}' that was declared ascending got a key that is not greater than the one before`,
        { details: { table: this.#table.name, key: Buffer.from(key.subarray(0, length)).toString('hex') } },
      );
    }
    if (length > this.#last.length) this.#last = new Uint8Array(length * 2);
    this.#last.set(length === key.length ? key : key.subarray(0, length));
    this.#lastLength = length;
  }
}
