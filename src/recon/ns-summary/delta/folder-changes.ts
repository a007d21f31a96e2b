import { keyName } from '../../../store/table-changes.ts';
import type { TransactionBytes } from '../../../store/transaction-table.ts';
import { MARKER_CLAIM, rankOf, rowKeyOf, type Claim } from '../claims.ts';
import { readMarker, writeFolder, type Folder, type Marker } from '../folder-row.ts';
import { bucketPrefixLength, parentMarkerLength } from '../key-path.ts';
import { RowBuilder } from '../row-builder.ts';
import { isFlipped, type Bucket, type BucketChange } from './bucket-changes.ts';
import type { Contest } from './claim-changes.ts';
import { hasDirectories, hasKeys, type DeltaParts } from './delta-parts.ts';
import { FolderChange } from './folder-change.ts';
import type { SummaryNode } from './summary-node.ts';

/** The folders of `keyTable` that a delta changes or needs. */
export class FolderChanges {
  readonly #table: TransactionBytes;
  readonly #parts: DeltaParts;
  readonly #folders = new Map<string, FolderChange>();
  /** Buckets whose folders are all there. */
  readonly #walked = new Set<BucketChange>();
  #contests: ReadonlyMap<SummaryNode, Contest> = new Map();

  constructor(table: TransactionBytes, parts: DeltaParts) {
    this.#table = table;
    this.#parts = parts;
  }

  /** The folder with this key, whose bucket was loaded; its own row is only there after `load`. */
  folder(key: Uint8Array): FolderChange {
    const name = keyName(key);
    let folder = this.#folders.get(name);
    if (folder === undefined) {
      folder = new FolderChange(key, this.#parts.buckets.get(bucketKeyOf(key)));
      this.#folders.set(name, folder);
    }
    return folder;
  }

  /** Reads the folders that were asked for, those with these keys, and all folders of buckets that have become others. */
  async load(keys: readonly Uint8Array[] = []): Promise<void> {
    const { buckets } = this.#parts;
    await buckets.load(distinctBuckets(keys));
    for (const key of keys) this.folder(key);
    for (const bucket of buckets.flipped()) {
      if (this.#walked.has(bucket)) continue;
      this.#walked.add(bucket);
      const prefix = Buffer.concat([bucket.key, Buffer.from('/')]);
      // A bucket whose key is no `/volume/bucket` has no keys, though those of others may begin like that.
      if (bucketPrefixLength(prefix, 0, prefix.length) !== prefix.length) continue;
      for await (const { key, value } of this.#table.range({ prefix })) {
        const folder = this.folder(key);
        if (!folder.isLoaded) folder.read(value);
      }
    }
    const wanted = [...this.#folders.values()].filter(({ isLoaded }) => !isLoaded);
    if (wanted.length === 0) return;
    const rows = await this.#table.getMany(wanted.map(({ key }) => key));
    for (const [index, folder] of wanted.entries()) folder.read(rows[index]);
  }

  /** Moves the claims of the markers: they have one where their bucket is a file system of keys. */
  claim(): void {
    const { claims, tree, filesystemPaths } = this.#parts;
    const claimed = (bucket: Bucket | undefined, marker: Marker | undefined) =>
      marker !== undefined && hasDirectories(bucket, filesystemPaths)
        ? { node: tree.node(marker.high, marker.low), value: new Uint8Array(0) }
        : undefined;
    for (const { key, bucket, before, markerNow } of this.#folders.values()) {
      claims.move(MARKER_CLAIM, key, claimed(bucket.before, before.marker), claimed(bucket.after, markerNow));
    }
  }

  /** Takes what became of the claims, and reads the folders whose markers won or lost by it. */
  async decide(contests: ReadonlyMap<SummaryNode, Contest>): Promise<void> {
    this.#contests = contests;
    const claims = [...contests.values()].flatMap(({ before, after }) => [before, after]);
    await this.load(claims.flatMap((claim) => (isMarker(claim) ? [rowKeyOf(claim)] : [])));
  }

  /** The directory that a folder is after the delta; `undefined` when its keys are booked on the bucket. */
  directory(folder: FolderChange): SummaryNode | undefined {
    const { markerNow, before, key } = folder;
    if (markerNow === undefined) return undefined;
    const node = this.#parts.tree.node(markerNow.high, markerNow.low);
    const contest = this.#contests.get(node);
    // Nothing has happened to the claims of this id.
    if (contest === undefined) return this.#effectiveNode(before) === node ? node : undefined;
    return isMarker(contest.after) && Buffer.compare(rowKeyOf(contest.after), key) === 0 ? node : undefined;
  }

  /**
   * The effective markers whose parent may be another one after the delta although their own rows are as before: those
   * directly in a folder that has become a directory or another one, and all of a bucket that has become another.
   */
  async movedMarkers(): Promise<{ readonly key: Uint8Array; readonly node: SummaryNode }[]> {
    const moved: { readonly key: Uint8Array; readonly node: SummaryNode }[] = [];
    for (const folder of this.#folders.values()) {
      const node = this.directory(folder);
      if (isFlipped(folder.bucket)) {
        if (node !== undefined) moved.push({ key: folder.key, node });
      } else if (node !== this.#effectiveNode(folder.before)) {
        for await (const { key, value } of this.#table.range({ prefix: folder.key })) {
          const child = readMarker(value);
          if (child?.isEffective !== true || parentLengthOf(key) !== folder.key.length) continue;
          moved.push({ key, node: this.#parts.tree.node(child.high, child.low) });
        }
      }
    }
    return moved;
  }

  /** Moves the files of each folder, as they were, from where they were booked, and books them as they are. */
  book(): void {
    for (const folder of this.#folders.values()) {
      this.#book(folder.bucket.before, folder.before, -1);
      this.#book(folder.bucket.after, folder.after(this.directory(folder) !== undefined), 1);
    }
  }

  write(): void {
    const row = new RowBuilder();
    for (const folder of this.#folders.values()) {
      const after = folder.after(this.directory(folder) !== undefined);
      if (after.marker === undefined && after.totals.isEmpty) this.#table.del(folder.key);
      else {
        writeFolder(row, after);
        this.#table.put(folder.key, row.copy());
      }
    }
  }

  #book(bucket: Bucket | undefined, folder: Folder, sign: 1 | -1): void {
    if (bucket === undefined || !hasKeys(bucket)) return;
    const { tree, filesystemPaths } = this.#parts;
    const { totals, marker } = folder;
    tree.netFiles(this.#effectiveNode(folder) ?? bucket.node).addTotals(totals, sign);
    if (marker === undefined || hasDirectories(bucket, filesystemPaths)) return;
    tree.netFiles(bucket.node).addFile(marker.size, marker.replicated, sign);
  }

  #effectiveNode({ marker }: Folder): SummaryNode | undefined {
    return marker?.isEffective === true ? this.#parts.tree.node(marker.high, marker.low) : undefined;
  }
}

/** Key of the bucket's row, of a row of `keyTable` or `keyFolders`. */
export function bucketKeyOf(key: Uint8Array): Uint8Array {
  return key.subarray(0, Math.max(0, bucketPrefixLength(key, 0, key.length) - 1));
}

/** Length of the key of the folder above a row; 0 when that is the bucket. */
export function parentLengthOf(key: Uint8Array): number {
  return parentMarkerLength(key, 0, bucketPrefixLength(key, 0, key.length), key.length);
}

export function distinctBuckets(keys: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const buckets = new Map<string, Uint8Array>();
  for (const key of keys) {
    const bucket = bucketKeyOf(key);
    buckets.set(keyName(bucket), bucket);
  }
  return buckets.values();
}

function isMarker(claim: Claim | undefined): claim is Claim {
  return claim !== undefined && rankOf(claim) === MARKER_CLAIM;
}
