import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { MultipartKeyInfo, SPLIT_PARTS } from '../../ozone/protobuf/multipart-key-info.ts';
import { MultipartPartInfo } from '../../ozone/protobuf/multipart-part-info.ts';
import { RepeatedKeyInfo } from '../../ozone/protobuf/repeated-key-info.ts';
import type { RowBatch } from '../../source/source.ts';
import type { TaskContext } from '../../task/context.ts';
import { quarantineRow } from '../bad-record.ts';
import { partReplication } from './part-replication.ts';
import type { SizeTotals } from './size-totals.ts';
import type { MultipartSink } from './multipart-sink.ts';
import { uploadIdOfPartKey, uploadIdOfUploadKey } from './split-uploads.ts';

const OPEN_KEYS = 'openKeyTable';
const OPEN_FILES = 'openFileTable';
const DELETED = 'deletedTable';
export const UPLOADS = 'multipartInfoTable';
export const PARTS = 'multipartPartsTable';

/** The tables that have sizes beside their number of rows. */
export const SIZED_TABLES: readonly string[] = [OPEN_KEYS, OPEN_FILES, DELETED, UPLOADS];

/** Whether rows of a table are counted: the default column family is no table of the Ozone Manager's. */
export function isCounted(table: string): boolean {
  return table !== 'default';
}

/** Where what a table's rows come to goes. */
export interface VisitorOptions {
  readonly totals: SizeTotals;
  readonly context: Pick<TaskContext, 'quarantine'>;
  readonly multipart: MultipartSink;
}

/** Takes rows of one table; their bytes need not outlast the call. */
export type RowVisitor = (batch: RowBatch) => void;

/** Counts the rows of a table, and adds up what else is wanted of it. */
export function tableVisitor(table: string, options: VisitorOptions): RowVisitor {
  switch (table) {
    case OPEN_KEYS:
    case OPEN_FILES:
      return openKeysVisitor(table, options);
    case DELETED:
      return deletedKeysVisitor(options);
    case UPLOADS:
      return uploadsVisitor(options);
    case PARTS:
      return partsVisitor(options);
    default:
      // Only the number of rows is of interest: values are not looked at.
      return (batch) => {
        options.totals.count += batch.length;
      };
  }
}

function openKeysVisitor(table: string, { totals, context }: VisitorOptions): RowVisitor {
  const key = new KeyInfo();
  return (batch) => {
    for (let index = 0; index < batch.length; index++) {
      if (key.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
        totals.count++;
        totals.addSizes(key);
      } else {
        quarantineRow(context, table, batch, index, key.reason);
      }
    }
  };
}

/** A row is a list of keys, and all of them count. */
function deletedKeysVisitor({ totals, context }: VisitorOptions): RowVisitor {
  const list = new RepeatedKeyInfo();
  const key = new KeyInfo();
  return (batch) => {
    for (let index = 0; index < batch.length; index++) {
      if (!list.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0, key)) {
        quarantineRow(context, DELETED, batch, index, list.reason);
        continue;
      }
      totals.count += list.count;
      for (let member = 0; member < list.count; member++) {
        list.decodeKey(batch.values, member, key);
        totals.addSizes(key);
      }
    }
  };
}

/** Counts uploads, adds the parts that are embedded, and hands the uploads on whose parts are not. */
function uploadsVisitor({ totals, context, multipart }: VisitorOptions): RowVisitor {
  const upload = new MultipartKeyInfo();
  return (batch) => {
    for (let index = 0; index < batch.length; index++) {
      if (!upload.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
        quarantineRow(context, UPLOADS, batch, index, upload.reason);
        continue;
      }
      totals.count++;
      if (upload.schemaVersion === SPLIT_PARTS) {
        const rowKey = batch.key(index);
        multipart.upload(uploadIdOfUploadKey(rowKey), rowKey, partReplication(upload.replication));
      }
      for (const partNumber of upload.partNumbers) {
        upload.decodePart(batch.values, partNumber);
        totals.addSizes(upload.part);
      }
    }
  };
}

/** Counts parts, and hands them on. */
function partsVisitor({ totals, context, multipart }: VisitorOptions): RowVisitor {
  const part = new MultipartPartInfo();
  return (batch) => {
    for (let index = 0; index < batch.length; index++) {
      const rowKey = batch.key(index);
      const uploadId = uploadIdOfPartKey(rowKey);
      if (uploadId === undefined) {
        quarantineRow(context, PARTS, batch, index, 'The key is not an upload id, a slash and a part number');
      } else if (!part.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
        quarantineRow(context, PARTS, batch, index, part.reason);
      } else {
        totals.count++;
        multipart.part(uploadId, rowKey.subarray(uploadId.length), part.sizeBig);
      }
    }
  };
}
