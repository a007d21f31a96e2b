import { sequencesOf } from './write-batches.ts';

/** What the Ozone Manager answers to "what came after this sequence?". */
export type WalAnswer =
  | { readonly kind: 'batches'; readonly batches: readonly Uint8Array[]; readonly latest: bigint }
  /** The sequence lies in the future. */
  | { readonly kind: 'future' }
  /** The sequence is too old; the words are Ozone's. */
  | { readonly kind: 'gone'; readonly message: string };

/** The write-ahead log of an Ozone Manager, with the rules of its `RDBStore.getUpdatesSince`. */
export class WriteAheadLog {
  #batches: Uint8Array[] = [];
  #latest = 0n;

  /** The database's last sequence, whether or not the log still holds it. */
  get latest(): bigint {
    return this.#latest;
  }

  append(batches: readonly Uint8Array[]): void {
    for (const batch of batches) {
      this.#batches.push(batch);
      this.#latest = sequencesOf(batch).last;
    }
  }

  /** Forgets all batches that end at or before `sequence`. */
  trim(sequence: bigint): void {
    this.#batches = this.#batches.filter((batch) => sequencesOf(batch).last > sequence);
  }

  /** Another database: its log, and its last sequence if the log does not say it. */
  replace(batches: readonly Uint8Array[], latest = 0n): void {
    this.#batches = [];
    this.#latest = latest;
    this.append(batches);
  }

  since(after: bigint, limit: bigint): WalAnswer {
    if (after > this.#latest) return { kind: 'future' };
    if (after === this.#latest) return { kind: 'batches', batches: [], latest: this.#latest };
    const from = this.#batches.findIndex((batch) => sequencesOf(batch).last >= after);
    const found = this.#batches[from];
    if (found === undefined) {
      const message = `Invalid transaction log iterator when getting updates since sequence number ${String(after)}`;
      return { kind: 'gone', message };
    }
    const { first } = sequencesOf(found);
    if (first > after + 1n) {
      const message =
        'Unable to read full data from RocksDB wal to get delta updates. It may have partially been flushed to ' +
        `SSTs. Requested sequence number is ${String(after)} and first available sequence number is ` +
        `${String(first)} in wal.`;
      return { kind: 'gone', message };
    }
    const batches: Uint8Array[] = [];
    for (const batch of this.#batches.slice(from)) {
      const start = sequencesOf(batch).first;
      // Also when only the first part of the batch is known to whoever asks: the rest is skipped without a word.
      if (start <= after) continue;
      batches.push(batch);
      if (start - after >= limit) break;
    }
    return { kind: 'batches', batches, latest: this.#latest };
  }
}
