import type { Sink } from '../../task/context.ts';
import type { StatsRows } from '../recon-tables.ts';
import type { PartReplication } from './part-replication.ts';
import type { SizeTotals } from './size-totals.ts';
import { SplitUploads } from './split-uploads.ts';

/** Takes the uploads whose parts lie in a table of their own, and these parts. */
export interface MultipartSink {
  upload(uploadId: Uint8Array, rowKey: Uint8Array, replication: PartReplication): void;
  /** `part` is what follows the upload id in the row key; `size` is in bytes. */
  part(uploadId: Uint8Array, part: Uint8Array, size: bigint): void;
}

/**
 * What a rebuild does with them, uploads first: it adds the parts to the totals of the uploads, but not those that belong
 * to none, and writes down what deltas will have to know.
 */
export class RebuiltMultipart implements MultipartSink {
  readonly #totals: SizeTotals;
  readonly #uploadSink: Sink<StatsRows['OM_SPLIT_UPLOADS']>;
  readonly #partSink: Sink<StatsRows['OM_UPLOAD_PARTS']>;
  readonly #uploads = new SplitUploads();

  constructor(
    totals: SizeTotals,
    uploadSink: Sink<StatsRows['OM_SPLIT_UPLOADS']>,
    partSink: Sink<StatsRows['OM_UPLOAD_PARTS']>,
  ) {
    this.#totals = totals;
    this.#uploadSink = uploadSink;
    this.#partSink = partSink;
  }

  // The promises of the sinks are for loops outside a scan: during one the engine waits by itself after each batch.
  upload(uploadId: Uint8Array, rowKey: Uint8Array, replication: PartReplication): void {
    this.#uploads.add(uploadId, replication);
    void this.#uploadSink.put({ upload_id: uploadId, row_key: rowKey, ...replication });
  }

  part(uploadId: Uint8Array, part: Uint8Array, size: bigint): void {
    const replication = this.#uploads.find(uploadId);
    if (replication !== undefined) this.#totals.addPart(size, replication);
    void this.#partSink.put({ upload_id: uploadId, part, size });
  }
}
