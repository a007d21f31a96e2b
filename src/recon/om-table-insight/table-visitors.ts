import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { MultipartKeyInfo, SPLIT_PARTS } from '../../ozone/protobuf/multipart-key-info.ts';
import { MultipartPartInfo } from '../../ozone/protobuf/multipart-part-info.ts';
import { RepeatedKeyInfo } from '../../ozone/protobuf/repeated-key-info.ts';
import type { ScanVisitor } from '../../source/source.ts';
import type { TaskContext } from '../../task/context.ts';
import { quarantineRow } from '../bad-record.ts';
import type { SizeTotals } from './size-totals.ts';
import { type SplitUploads, uploadIdOfPartKey } from './split-uploads.ts';

type Quarantine = Pick<TaskContext, 'quarantine'>;

/** Any table of which only the number of rows is of interest: its values are not looked at. */
export function countingVisitor(totals: SizeTotals): ScanVisitor {
  return {
    rows: (batch) => {
      totals.count += batch.length;
    },
  };
}

/** `openKeyTable` and `openFileTable`. */
export function openKeysVisitor(table: string, totals: SizeTotals, context: Quarantine): ScanVisitor {
  const key = new KeyInfo();
  return {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (key.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
          totals.count++;
          totals.addSizes(key);
        } else {
          quarantineRow(context, table, batch, index, key.reason);
        }
      }
    },
  };
}

/** `deletedTable`: a row is a list of keys, and all of them count. */
export function deletedKeysVisitor(table: string, totals: SizeTotals, context: Quarantine): ScanVisitor {
  const list = new RepeatedKeyInfo();
  const key = new KeyInfo();
  return {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (!list.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0, key)) {
          quarantineRow(context, table, batch, index, list.reason);
          continue;
        }
        totals.count += list.count;
        for (let member = 0; member < list.count; member++) {
          list.decodeKey(batch.values, member, key);
          totals.addSizes(key);
        }
      }
    },
  };
}

/** `multipartInfoTable`: counts uploads, adds the parts that are embedded, and notes the uploads whose parts are not. */
export function uploadsVisitor(
  table: string,
  totals: SizeTotals,
  split: SplitUploads,
  context: Quarantine,
): ScanVisitor {
  const upload = new MultipartKeyInfo();
  return {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (!upload.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
          quarantineRow(context, table, batch, index, upload.reason);
          continue;
        }
        totals.count++;
        if (upload.schemaVersion === SPLIT_PARTS) split.add(batch.key(index), upload.replication);
        for (const partNumber of upload.partNumbers) {
          upload.decodePart(batch.values, partNumber);
          totals.addSizes(upload.part);
        }
      }
    },
  };
}

/** `multipartPartsTable`: counts its rows, and adds the parts to their uploads' sizes. Orphans belong to no upload. */
export function partsVisitor(
  table: string,
  totals: SizeTotals,
  uploads: SizeTotals,
  split: SplitUploads,
  context: Quarantine,
): ScanVisitor {
  const part = new MultipartPartInfo();
  return {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        const uploadId = uploadIdOfPartKey(batch.key(index));
        if (uploadId === undefined) {
          quarantineRow(
            context,
            table,
            batch,
            index,
            'The key is not an upload id, a slash and a part number',
          );
        } else if (!part.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
          quarantineRow(context, table, batch, index, part.reason);
        } else {
          totals.count++;
          const replication = split.ofPart(uploadId);
          if (replication !== undefined) uploads.addPart(part, replication);
        }
      }
    },
  };
}
