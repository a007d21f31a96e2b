import { FILE_SYSTEM_OPTIMIZED, LEGACY } from '../../ozone/protobuf/bucket-info.ts';
import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { RowBatch, ScanVisitor } from '../../source/source.ts';
import type { TaskContext } from '../../task/context.ts';
import { quarantineRow } from '../bad-record.ts';
import type { Bucket, BucketIndex } from './bucket-index.ts';
import { MARKER_CLAIM, type ClaimWriter } from './claims.ts';
import { directoryName } from './directory-name.ts';
import { markerOf } from './folder-row.ts';
import { bucketPrefixLength, isMarkerName, parentMarkerLength } from './key-path.ts';
import type { NamespaceTree } from './namespace-tree.ts';
import type { OpenFolders } from './open-folders.ts';
import { FSO_BUCKET, NO_BUCKET, NO_KEY, TAKEN } from './reasons.ts';

const TABLE = 'keyTable';

export interface KeyTableOptions {
  readonly tree: NamespaceTree;
  readonly buckets: BucketIndex;
  readonly claims: ClaimWriter;
  readonly folders: OpenFolders;
  readonly context: Pick<TaskContext, 'quarantine' | 'finding'>;
  readonly filesystemPaths: boolean;
}

/**
 * Books the keys of OBS and LEGACY buckets. An OBS key lies directly in its bucket, and so does a LEGACY key when
 * file-system paths are off. When they are on, a LEGACY key `a/b/c` lies in the directory whose marker is the key
 * `a/b/`; without that very marker it is booked on its bucket, whatever other ancestors there are.
 *
 * Remembers all keys by folder, also those of buckets that do not count now.
 */
export class KeyTableVisitor implements ScanVisitor {
  readonly #options: KeyTableOptions;
  readonly #key = new KeyInfo();
  /** `/volume/bucket/` of the row before. */
  #prefix = new Uint8Array(0);
  #bucket: Bucket | undefined;

  constructor(options: KeyTableOptions) {
    this.#options = options;
  }

  rows(batch: RowBatch): void {
    for (let index = 0; index < batch.length; index++) this.#row(batch, index);
  }

  end(): void {
    this.#options.folders.leave();
  }

  #row(batch: RowBatch, index: number): void {
    if (!this.#key.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
      this.#quarantine(batch, index, this.#key.reason);
      return;
    }
    const start = batch.keyStarts[index] ?? 0;
    const end = batch.keyEnds[index] ?? 0;
    if (!this.#inBucket(batch.keys, start, end) && !this.#enterBucket(batch.keys, start, end)) {
      this.#quarantine(batch, index, NO_KEY);
      return;
    }
    const { folders, filesystemPaths } = this.#options;
    const nameStart = start + this.#prefix.length;
    const parentLength = filesystemPaths ? parentMarkerLength(batch.keys, start, nameStart, end) : 0;
    folders.moveTo(batch.keys, start, end);
    if (filesystemPaths && isMarkerName(batch.keys, nameStart, end)) {
      this.#marker(batch, index, parentLength);
      return;
    }
    folders.addKey(batch.keys, start, parentLength > 0 ? start + parentLength : nameStart, this.#key);
    const node = this.#parent(batch, index, parentLength);
    if (node >= 0) this.#options.tree.addFile(node, this.#key);
  }

  #marker(batch: RowBatch, index: number, parentLength: number): void {
    const { tree, folders } = this.#options;
    const parent = this.#parent(batch, index, parentLength);
    let node = -1;
    if (parent >= 0) {
      if (this.#bucket?.layout === LEGACY) node = this.#directory(batch, index, parent);
      else tree.addFile(parent, this.#key);
    }
    folders.addMarker(
      batch.keys,
      batch.keyStarts[index] ?? 0,
      batch.keyEnds[index] ?? 0,
      markerOf(this.#key, node >= 0),
      node,
    );
  }

  /** The node of the directory of a marker; -1 when something has its object id before it. */
  #directory(batch: RowBatch, index: number, parent: number): number {
    const { tree, claims } = this.#options;
    const { objectHigh, objectLow } = this.#key;
    const start = batch.keyStarts[index] ?? 0;
    const end = batch.keyEnds[index] ?? 0;
    claims.key(objectHigh, objectLow, MARKER_CLAIM, batch.keys, start, end);
    claims.put();
    const node = tree.node(objectHigh, objectLow);
    const name = directoryName(batch.keys, start + this.#prefix.length, end);
    if (tree.addDirectory(node, parent, name, 0, name.length)) return node;
    this.#quarantine(batch, index, TAKEN);
    return -1;
  }

  /** The node that the row lies in, or -1 when it is set aside. */
  #parent(batch: RowBatch, index: number, parentLength: number): number {
    const { folders, filesystemPaths } = this.#options;
    const bucket = this.#bucket;
    if (bucket === undefined || bucket.layout === FILE_SYSTEM_OPTIMIZED) {
      this.#quarantine(batch, index, bucket === undefined ? NO_BUCKET : FSO_BUCKET);
      return -1;
    }
    if (bucket.layout !== LEGACY) return bucket.node;
    if (!filesystemPaths) {
      const nameStart = (batch.keyStarts[index] ?? 0) + this.#prefix.length;
      if (isMarkerName(batch.keys, nameStart, batch.keyEnds[index] ?? 0)) {
        this.#finding('legacy-directory-marker', batch, index);
      }
      return bucket.node;
    }
    const node = parentLength > 0 ? folders.node(parentLength) : bucket.node;
    if (node >= 0) return node;
    this.#finding('legacy-orphan', batch, index);
    return bucket.node;
  }

  #quarantine(batch: RowBatch, index: number, reason: string): void {
    quarantineRow(this.#options.context, TABLE, batch, index, reason);
  }

  #finding(kind: string, batch: RowBatch, index: number): void {
    this.#options.context.finding({ kind, table: TABLE, key: batch.key(index).slice() });
  }

  #inBucket(bytes: Uint8Array, start: number, end: number): boolean {
    const prefix = this.#prefix;
    if (prefix.length === 0 || prefix.length > end - start) return false;
    for (let at = prefix.length - 1; at >= 0; at--) if (prefix[at] !== bytes[start + at]) return false;
    return true;
  }

  #enterBucket(bytes: Uint8Array, start: number, end: number): boolean {
    const length = bucketPrefixLength(bytes, start, end);
    if (length === 0) return false;
    this.#prefix = bytes.slice(start, start + length);
    this.#bucket = this.#options.buckets.get(this.#prefix);
    return true;
  }
}
