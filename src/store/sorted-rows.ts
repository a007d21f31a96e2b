import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StagedReprocessError } from '../errors.ts';
import type { MergeRule } from './merge-rule.ts';
import { RowBuffer } from './row-buffer.ts';
import { RunReader, RunWriter } from './run-file.ts';
import { mergeRuns, type RunCursor } from './merge-runs.ts';
import type { RowTarget } from './row-target.ts';

export interface SortedRowsOptions {
  readonly table: string;
  readonly merge: MergeRule | undefined;
  /** Where runs are spilled; `undefined` keeps everything in memory (a reprocessor without files). */
  readonly spillDirectory: string | undefined;
  /** Bytes in memory from which on a run is spilled. */
  readonly runBytes: number;
}

/**
 * Brings rows that come in any order, from several tasks, into key order: sorted runs of bounded size, merged once.
 * Equal keys go through the table's merge rule; without one the later row of a task wins, and two tasks must agree.
 */
export class SortedRows {
  readonly #options: SortedRowsOptions;
  readonly #buffer = new RowBuffer();
  readonly #runs: string[] = [];
  #spilling: Promise<void> | undefined;
  /** Rows put so far: so many must come back out of the runs. */
  #put = 0;

  constructor(options: SortedRowsOptions) {
    this.#options = options;
  }

  /** Whether `drain()` should be awaited before more is put. */
  get full(): boolean {
    return this.#options.spillDirectory !== undefined && this.#buffer.used >= this.#options.runBytes;
  }

  put(key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number, origin: number): void {
    this.#put += 1;
    this.#buffer.push(key, keyLength, value, valueLength, origin);
  }

  /** Spills a full buffer. Concurrent calls share one spill. */
  async drain(): Promise<void> {
    if (!this.full && this.#spilling === undefined) return;
    this.#spilling ??= this.#spill().finally(() => {
      this.#spilling = undefined;
    });
    await this.#spilling;
  }

  /** Hands every row to `target` and removes the runs. */
  async finish(target: RowTarget): Promise<void> {
    await this.#spilling;
    const cursors: RunCursor[] = [];
    try {
      for (const path of this.#runs) cursors.push(new FileCursor(await RunReader.open(path)));
      cursors.push(new BufferCursor(this.#buffer));
      const rule = { merge: this.#options.merge, conflict: this.#conflict };
      const taken = await mergeRuns(cursors, rule, target);
      if (taken !== this.#put) throw this.#lost(taken);
    } finally {
      for (const cursor of cursors) await cursor.close();
      await this.discard();
    }
  }

  /** Removes the runs. May be called twice. */
  async discard(): Promise<void> {
    await this.#spilling?.catch(() => undefined);
    this.#buffer.clear();
    for (const path of this.#runs.splice(0)) await rm(path, { force: true });
  }

  readonly #conflict = (key: Uint8Array): Error => {
    const { table } = this.#options;
    return new StagedReprocessError(
      'REPROCESS_KEY_CONFLICT',
      `Two tasks wrote different values under one key of table '${table}', which has no merge rule`,
      { details: { table, key: Buffer.from(key).toString('hex') } },
    );
  };

  #lost(taken: number): Error {
    const { table } = this.#options;
    return new StagedReprocessError(
      'REPROCESS_STORE_FAILED',
      `The sorted runs of table '${table}' hold ${String(taken)} rows, ${String(this.#put)} were written into them`,
      { details: { table, written: this.#put, found: taken } },
    );
  }

  async #spill(): Promise<void> {
    const { spillDirectory, table } = this.#options;
    if (spillDirectory === undefined) return;
    await mkdir(spillDirectory, { recursive: true });
    const path = join(spillDirectory, `${encodeURIComponent(table)}-${String(this.#runs.length)}.run`);
    this.#runs.push(path);
    const block = sortedCopy(this.#buffer);
    this.#buffer.clear();
    const writer = await RunWriter.create(path);
    try {
      await writer.write(block);
    } finally {
      await writer.close();
    }
  }
}

/** The buffer's records in key order, so that rows can be put while the copy is written. */
function sortedCopy(buffer: RowBuffer): Buffer {
  const copy = Buffer.allocUnsafe(buffer.used);
  let at = 0;
  for (const record of buffer.sorted()) at += buffer.bytes.copy(copy, at, record, buffer.valueEnd(record));
  return copy;
}

class BufferCursor implements RunCursor {
  key: Uint8Array = new Uint8Array();
  value: Uint8Array = new Uint8Array();
  origin = 0;
  #next = 0;
  readonly #buffer: RowBuffer;
  readonly #order: Int32Array;

  constructor(buffer: RowBuffer) {
    this.#buffer = buffer;
    this.#order = buffer.sorted();
  }

  advance(): boolean {
    const record = this.#order[this.#next++];
    if (record === undefined) return false;
    const buffer = this.#buffer;
    const keyEnd = buffer.keyEnd(record);
    this.key = buffer.bytes.subarray(buffer.keyStart(record), keyEnd);
    this.value = buffer.bytes.subarray(keyEnd, buffer.valueEnd(record));
    this.origin = buffer.origin(record);
    return true;
  }

  async close(): Promise<void> {}
}

class FileCursor implements RunCursor {
  key: Uint8Array = new Uint8Array();
  value: Uint8Array = new Uint8Array();
  origin = 0;
  readonly #reader: RunReader;

  constructor(reader: RunReader) {
    this.#reader = reader;
  }

  advance(): boolean | Promise<boolean> {
    const here = this.#reader.next();
    if (here === undefined) return this.#reader.advance().then((more) => this.#take(more));
    return this.#take(here);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #take(more: boolean): boolean {
    if (more) {
      const { buffer, keyStart, keyEnd, valueEnd, origin } = this.#reader;
      this.key = buffer.subarray(keyStart, keyEnd);
      this.value = buffer.subarray(keyEnd, valueEnd);
      this.origin = origin;
    }
    return more;
  }
}
