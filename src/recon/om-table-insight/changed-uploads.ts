import { keyName } from '../../store/table-changes.ts';
import type { MultipartSink } from './multipart-sink.ts';
import type { PartReplication } from './part-replication.ts';

/** What a delta does to one thing: `undefined` where it was not there before, or is not there any more. */
export interface Change<T> {
  readonly bytes: Uint8Array;
  old: T | undefined;
  now: T | undefined;
}

/** What a delta does to the row, or rows, of one upload id, and to its parts. */
export interface ChangedUpload {
  readonly uploadId: Uint8Array;
  /** By the name of the upload's row key. */
  readonly rows: Map<string, Change<PartReplication>>;
  /** By the name of what follows the upload id in the part's row key. */
  readonly parts: Map<string, Change<bigint>>;
}

/** Gathers, by upload id, which split uploads and which of their parts a delta changes. */
export class ChangedUploads implements Iterable<ChangedUpload> {
  readonly #uploads = new Map<string, ChangedUpload>();

  /** Takes rows as they were (`old`) or as they are (`now`). Their bytes are kept: those of events stay. */
  side(side: 'old' | 'now'): MultipartSink {
    return {
      upload: (uploadId, rowKey, replication) => {
        changeOf(this.#upload(uploadId).rows, rowKey)[side] = replication;
      },
      part: (uploadId, part, size) => {
        changeOf(this.#upload(uploadId).parts, part)[side] = size;
      },
    };
  }

  [Symbol.iterator](): Iterator<ChangedUpload> {
    return this.#uploads.values();
  }

  #upload(uploadId: Uint8Array): ChangedUpload {
    const name = keyName(uploadId);
    const known = this.#uploads.get(name);
    if (known !== undefined) return known;
    const upload: ChangedUpload = { uploadId, rows: new Map(), parts: new Map() };
    this.#uploads.set(name, upload);
    return upload;
  }
}

function changeOf<T>(changes: Map<string, Change<T>>, bytes: Uint8Array): Change<T> {
  const name = keyName(bytes);
  const known = changes.get(name);
  if (known !== undefined) return known;
  const change: Change<T> = { bytes, old: undefined, now: undefined };
  changes.set(name, change);
  return change;
}
