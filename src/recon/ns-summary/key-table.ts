import { FILE_SYSTEM_OPTIMIZED, LEGACY } from '../../ozone/protobuf/bucket-info.ts';
import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { RowBatch, ScanVisitor } from '../../source/source.ts';
import type { TaskContext } from '../../task/context.ts';
import { quarantineRow } from '../bad-record.ts';
import type { Bucket, BucketIndex } from './bucket-index.ts';
import { directoryName } from './directory-name.ts';
import type { NamespaceTree } from './namespace-tree.ts';
import { OpenMarkers } from './open-markers.ts';

const SLASH = 0x2f;
const TABLE = 'keyTable';

/**
 * Books the keys of OBS and LEGACY buckets. An OBS key lies directly in its bucket, and so does a LEGACY key when
 * file-system paths are off. When they are on, a LEGACY key `a/b/c` lies in the directory whose marker is the key
 * `a/b/`; without that very marker it is booked on its bucket, whatever other ancestors there are.
 */
export class KeyTableVisitor implements ScanVisitor {
  readonly #tree: NamespaceTree;
  readonly #buckets: BucketIndex;
  readonly #context: Pick<TaskContext, 'quarantine' | 'finding'>;
  readonly #filesystemPaths: boolean;
  readonly #key = new KeyInfo();
  readonly #markers = new OpenMarkers();
  /** `/volume/bucket/` of the row before. */
  #prefix = new Uint8Array(0);
  #bucket: Bucket | undefined;

  constructor(
    tree: NamespaceTree,
    buckets: BucketIndex,
    context: Pick<TaskContext, 'quarantine' | 'finding'>,
    filesystemPaths: boolean,
  ) {
    this.#tree = tree;
    this.#buckets = buckets;
    this.#context = context;
    this.#filesystemPaths = filesystemPaths;
  }

  rows(batch: RowBatch): void {
    for (let index = 0; index < batch.length; index++) this.#row(batch, index);
  }

  #row(batch: RowBatch, index: number): void {
    const key = this.#key;
    if (!key.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
      quarantineRow(this.#context, TABLE, batch, index, key.reason);
      return;
    }
    const start = batch.keyStarts[index] ?? 0;
    const end = batch.keyEnds[index] ?? 0;
    if (!this.#inBucket(batch.keys, start, end) && !this.#enterBucket(batch.keys, start, end)) {
      quarantineRow(this.#context, TABLE, batch, index, 'The key has not the form /volume/bucket/key');
      return;
    }
    const bucket = this.#bucket;
    if (bucket === undefined) {
      quarantineRow(this.#context, TABLE, batch, index, 'There is no good row of its bucket');
    } else if (bucket.layout === FILE_SYSTEM_OPTIMIZED) {
      quarantineRow(
        this.#context,
        TABLE,
        batch,
        index,
        'Its bucket is FILE_SYSTEM_OPTIMIZED and keeps no keys here',
      );
    } else if (bucket.layout === LEGACY) {
      this.#legacy(batch, index, start, end, bucket);
    } else {
      this.#tree.addFile(bucket.node, key);
    }
  }

  #legacy(batch: RowBatch, index: number, start: number, end: number, bucket: Bucket): void {
    const nameStart = start + this.#prefix.length;
    const isMarker = end > nameStart && batch.keys[end - 1] === SLASH;
    if (!this.#filesystemPaths) {
      if (isMarker) this.#finding('legacy-directory-marker', batch, index);
      this.#tree.addFile(bucket.node, this.#key);
      return;
    }
    this.#markers.moveTo(batch.keys, start, end);
    let parent = bucket.node;
    const parentLength = parentMarkerLength(batch.keys, start, nameStart, end);
    if (parentLength > 0) {
      const found = this.#markers.find(parentLength);
      if (found >= 0) parent = found;
      else this.#finding('legacy-orphan', batch, index);
    }
    if (isMarker) this.#directory(batch, index, start, end, parent);
    else this.#tree.addFile(parent, this.#key);
  }

  #directory(batch: RowBatch, index: number, start: number, end: number, parent: number): void {
    const node = this.#tree.node(this.#key.objectHigh, this.#key.objectLow);
    const name = directoryName(batch.keys, start + this.#prefix.length, end);
    if (this.#tree.addDirectory(node, parent, name, 0, name.length)) {
      this.#markers.open(batch.keys, start, end, node);
    } else {
      quarantineRow(this.#context, TABLE, batch, index, 'Another bucket or directory has the same object id');
    }
  }

  #finding(kind: string, batch: RowBatch, index: number): void {
    this.#context.finding({ kind, table: TABLE, key: batch.key(index).slice() });
  }

  #inBucket(bytes: Uint8Array, start: number, end: number): boolean {
    const prefix = this.#prefix;
    if (prefix.length === 0 || prefix.length > end - start) return false;
    for (let at = prefix.length - 1; at >= 0; at--) if (prefix[at] !== bytes[start + at]) return false;
    return true;
  }

  #enterBucket(bytes: Uint8Array, start: number, end: number): boolean {
    const afterVolume = bytes.indexOf(SLASH, start + 1);
    const afterBucket = afterVolume < 0 ? -1 : bytes.indexOf(SLASH, afterVolume + 1);
    if (bytes[start] !== SLASH || afterBucket < 0 || afterBucket >= end) return false;
    this.#prefix = bytes.slice(start, afterBucket + 1);
    this.#bucket = this.#buckets.get(this.#prefix);
    return true;
  }
}

/**
 * Length of the marker key that the row's parent must have: everything up to the slash before its last component; 0
 * when it lies directly in the bucket. Trailing slashes do not count, as in Java's `String.split`.
 */
function parentMarkerLength(bytes: Uint8Array, start: number, nameStart: number, end: number): number {
  let at = end;
  while (at > nameStart && bytes[at - 1] === SLASH) at--;
  at--;
  while (at >= nameStart && bytes[at] !== SLASH) at--;
  return at < nameStart ? 0 : at + 1 - start;
}
