import { bucketInfo, directoryInfo, keyInfo } from '../../ozone/protobuf/ozone-records.ts';
import type { Change } from './followed-namespace.ts';

/** Rows of an Ozone Manager, as changes. Sizes are in bytes, three times replicated. */

export function bucket(name: string, id: number, layout: number): Change {
  return ['bucketTable', `/v/${name}`, bucketInfo('v', name, id, layout)];
}

export function directory(parent: number, name: string, id: number): Change {
  return ['directoryTable', `/1/2/${String(parent)}/${name}`, directoryInfo(name, id, parent)];
}

export function file(parent: number, name: string, size: number | bigint): Change {
  return ['fileTable', `/1/2/${String(parent)}/${name}`, keyInfo({ name, parentId: parent, size })];
}

/** `path` is `bucket/key`. */
export function key(path: string, size: number | bigint, objectId = 99): Change {
  return ['keyTable', `/v/${path}`, keyInfo({ volume: 'v', name: path, size, objectId })];
}

/** The directory marker of a LEGACY bucket; `path` is `bucket/directory/`. */
export function marker(path: string, objectId: number): Change {
  return key(path, 0, objectId);
}

/** The same row, deleted. */
export function gone([table, rowKey]: Change): Change {
  return [table, rowKey];
}
