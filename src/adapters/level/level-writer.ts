import { StagedReprocessError } from '../../errors.ts';
import type { BulkWriter, GenerationWriter } from '../../store/generation-writer.ts';
import { bytesOf, type LevelDatabase } from './level-database.ts';

/** Measured: chained batches of 2,000 beat both smaller ones and arrays. */
const BATCH_ROWS = 2000;
const BATCH_BYTES = 1 << 20;
const BATCHES_UNDER_WAY = 4;

type ChainedBatch = ReturnType<LevelDatabase['batch']>;

/** Writes a staged generation through LevelDB's public API, unsynced: `prepare` makes the whole durable. */
export class LevelWriter implements GenerationWriter {
  readonly #db: LevelDatabase;
  readonly #underWay = new Set<Promise<void>>();
  #batch: ChainedBatch | undefined;
  #rows = 0;
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;

  constructor(db: LevelDatabase) {
    this.#db = db;
  }

  table(name: string): BulkWriter {
    const prefix = Buffer.from(bytesOf(this.#db, name).prefix);
    let scratch = Buffer.from(prefix);
    const underWay = this.#underWay;
    const put = (key: Uint8Array, value: Uint8Array): void => {
      this.#put(key, value);
    };
    return {
      put(key, keyLength, value, valueLength) {
        const length = prefix.length + keyLength;
        if (scratch.length < length) scratch = Buffer.concat([prefix], length * 2);
        scratch.set(keyLength === key.length ? key : key.subarray(0, keyLength), prefix.length);
        put(scratch.subarray(0, length), value.subarray(0, valueLength));
      },
      get full() {
        return underWay.size >= BATCHES_UNDER_WAY;
      },
      drain: () => this.#drain(),
    };
  }

  async finish(): Promise<void> {
    this.#checkOpen();
    this.#send();
    this.#ended = true;
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  /** Drops what was not sent and waits for what was, so that the database can be closed. */
  async abandon(): Promise<void> {
    this.#ended = true;
    await this.#batch?.close();
    this.#batch = undefined;
    await Promise.all(this.#underWay);
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    this.#checkOpen();
    this.#batch ??= this.#db.batch();
    // LevelDB copies both at once, so the scratch key can be used again.
    this.#batch.put(key, value);
    this.#rows += 1;
    this.#bytes += key.length + value.length;
    if (this.#rows >= BATCH_ROWS || this.#bytes >= BATCH_BYTES) this.#send();
  }

  #send(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    this.#rows = 0;
    this.#bytes = 0;
    const written = batch.write().catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#underWay.add(written);
    void written.then(() => this.#underWay.delete(written));
  }

  async #drain(): Promise<void> {
    while (this.#underWay.size >= BATCHES_UNDER_WAY) await Promise.race(this.#underWay);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #checkOpen(): void {
    if (!this.#ended) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The writer of this generation has ended');
  }
}
