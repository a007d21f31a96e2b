import { StagedReprocessError } from '../errors.ts';
import { checksum, decodeControlRecord, encodeControlRecord, type ControlRecord } from './control-record.ts';
import type { ControlStore } from './control-store.ts';
import type { RunSummary } from './run-summary.ts';

const KEPT_RUNS = 100;

/**
 * The control record in memory and on disk. Changes go one after another; each is durable before the next one starts,
 * and the memory never runs ahead of the disk.
 */
export class ControlLog {
  readonly #store: ControlStore;
  readonly #afterWrite: (record: ControlRecord) => Promise<void>;
  #record: ControlRecord | undefined;
  #runs: readonly RunSummary[] = [];
  #isUnsure = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(store: ControlStore, afterWrite: (record: ControlRecord) => Promise<void> = async () => {}) {
    this.#store = store;
    this.#afterWrite = afterWrite;
  }

  /** The last durable record. */
  get record(): ControlRecord {
    if (this.#record === undefined) {
      throw new StagedReprocessError('REPROCESS_CONTROL_FAILED', 'The control record has not been read');
    }
    return this.#record;
  }

  /**
   * Reads the record and the run history that belongs to it, or `undefined` in a directory that has none.
   *
   * @throws StagedReprocessError `REPROCESS_CONTROL_CORRUPT`, `REPROCESS_FORMAT_NEWER`
   */
  async read(): Promise<ControlRecord | undefined> {
    const text = await this.#store.readRecord();
    const runs = await this.#store.readRuns();
    const record = text === undefined ? undefined : decodeControlRecord(text);
    this.#runs = decodeRuns(runs, record?.runsChecksum ?? null);
    this.#record = record;
    return record;
  }

  /** Starts a directory's first record. */
  async create(record: ControlRecord): Promise<void> {
    this.#record = record;
    await this.update((fresh) => fresh);
  }

  /**
   * Writes a changed record with the next revision. On an error the memory keeps the old one; the disk may hold either.
   *
   * @throws StagedReprocessError `REPROCESS_CONTROL_FAILED`
   */
  update(change: (record: ControlRecord, revision: number) => ControlRecord): Promise<ControlRecord> {
    return this.#enqueue(async () => this.#write(change, undefined));
  }

  /** Adds a run to the history, which keeps the last hundred, and writes it together with the record. */
  async appendRun(run: RunSummary): Promise<void> {
    await this.#enqueue(async () => {
      const runs = [...this.#runs, run].slice(-KEPT_RUNS);
      const text = JSON.stringify(runs);
      await this.#write((record) => record, text);
      this.#runs = runs;
    });
  }

  /** The history, oldest first. */
  async runs(): Promise<readonly RunSummary[]> {
    return this.#runs;
  }

  /** Waits for what is being written, then closes. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#store.close();
  }

  async #write(
    change: (record: ControlRecord, revision: number) => ControlRecord,
    runs: string | undefined,
  ): Promise<ControlRecord> {
    const revision = this.record.revision + 1;
    const changed: ControlRecord = { ...change(this.record, revision), revision };
    // A write that failed may lie on the disk: both are written anew, so that they belong together again.
    const history = runs ?? (this.#isUnsure ? JSON.stringify(this.#runs) : undefined);
    const next = history === undefined ? changed : { ...changed, runsChecksum: checksum(history) };
    try {
      await this.#store.writeRecord(encodeControlRecord(next), history);
      this.#isUnsure = false;
    } catch (error) {
      this.#isUnsure = true;
      throw new StagedReprocessError('REPROCESS_CONTROL_FAILED', 'The control record could not be written', {
        cause: error,
      });
    }
    this.#record = next;
    await this.#afterWrite(next);
    return next;
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** The record says which history was written with it: another one, or none, is a loss that LevelDB has hidden. */
function decodeRuns(text: string | undefined, expected: string | null): readonly RunSummary[] {
  if ((text === undefined ? null : checksum(text)) !== expected) {
    throw new StagedReprocessError(
      'REPROCESS_CONTROL_CORRUPT',
      'The run history is not the one that was written with the control record. Nothing was changed',
    );
  }
  // The checksum has proved that the text is our own.
  return text === undefined ? [] : (JSON.parse(text) as RunSummary[]);
}
