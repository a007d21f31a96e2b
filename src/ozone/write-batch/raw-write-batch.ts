import { StagedReprocessError } from '../../errors.ts';
import { ByteReader } from '../rocksdb/byte-reader.ts';
import { VALUE } from '../rocksdb/internal-key.ts';
import { readOperations } from '../rocksdb/write-batch.ts';

/** One operation of a write batch. Keys and values are views of the batch's bytes. */
export type BatchOperation =
  | {
      readonly kind: 'put';
      readonly sequence: bigint;
      readonly familyId: number;
      readonly key: Uint8Array;
      readonly value: Uint8Array;
    }
  /** A delete, or a single delete: they differ for RocksDB only. */
  | {
      readonly kind: 'delete';
      readonly sequence: bigint;
      readonly familyId: number;
      readonly key: Uint8Array;
    }
  /** Of all keys from `start` up to, without, `end`. */
  | {
      readonly kind: 'delete-range';
      readonly sequence: bigint;
      readonly familyId: number;
      readonly start: Uint8Array;
      readonly end: Uint8Array;
    };

export interface RawWriteBatch {
  readonly first: bigint;
  readonly last: bigint;
  /** In the order of their sequences, which are consecutive. */
  readonly operations: readonly BatchOperation[];
}

/**
 * Reads the bytes of one RocksDB write batch, as an Ozone Manager sends it. `undefined` when it holds no operation.
 *
 * @throws StagedReprocessError `REPROCESS_BATCH_CORRUPT`, `REPROCESS_BATCH_UNSUPPORTED`.
 */
export function readRawWriteBatch(bytes: Uint8Array): RawWriteBatch | undefined {
  const operations: BatchOperation[] = [];
  const sequences = readOperations(
    new BatchReader(bytes, 'write batch'),
    {
      entry(familyId, kind, at, key, value) {
        const sequence = BigInt(at);
        operations.push(
          kind === VALUE
            ? { kind: 'put', sequence, familyId, key, value }
            : { kind: 'delete', sequence, familyId, key },
        );
      },
      rangeDeletion(familyId, at, start, end) {
        operations.push({ kind: 'delete-range', sequence: BigInt(at), familyId, start, end });
      },
    },
    unsupported,
  );
  if (sequences === undefined) return undefined;
  return { first: BigInt(sequences.first), last: BigInt(sequences.last), operations };
}

class BatchReader extends ByteReader {
  override damage(what: string): Error {
    return new StagedReprocessError(
      'REPROCESS_BATCH_CORRUPT',
      `A write batch of ${this.end} bytes is damaged at byte ${this.at}: ${what}`,
      { details: { offset: this.at, bytes: this.end } },
    );
  }
}

function unsupported(feature: string): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_BATCH_UNSUPPORTED',
    `A write batch uses ${feature}, which is not supported`,
    { details: { feature } },
  );
}
