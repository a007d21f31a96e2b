import { LEGACY } from '../../../ozone/protobuf/bucket-info.ts';
import { KeyInfo } from '../../../ozone/protobuf/key-info.ts';
import type { NetChange } from '../../net-changes.ts';
import { markerOf } from '../folder-row.ts';
import { bucketPrefixLength, isMarkerName, parentMarkerLength } from '../key-path.ts';
import { FSO_BUCKET, NO_BUCKET, NO_KEY } from '../reasons.ts';
import { hasDirectories, hasKeys, type DeltaParts } from './delta-parts.ts';
import type { FolderChange } from './folder-change.ts';
import { distinctBuckets, type FolderChanges } from './folder-changes.ts';

const TABLE = 'keyTable';

/** A new or changed row whose parent must have a marker. */
interface Below {
  readonly key: Uint8Array;
  /** Key of that marker. */
  readonly parent: Uint8Array;
}

/** Sorts the changes of `keyTable` by folder. */
export class KeyChanges {
  readonly #parts: DeltaParts;
  readonly #folders: FolderChanges;
  readonly #info = new KeyInfo();
  readonly #below: Below[] = [];

  constructor(parts: DeltaParts, folders: FolderChanges) {
    this.#parts = parts;
    this.#folders = folders;
  }

  async take(changes: readonly NetChange[]): Promise<void> {
    await this.#parts.buckets.load(distinctBuckets(changes.map(({ key }) => key)));
    for (const change of changes) this.#take(change);
    await this.#folders.load();
    this.#folders.claim();
  }

  /** Tells of the orphans among the new and changed rows, once the claims are decided. */
  async tellOrphans(): Promise<void> {
    await this.#folders.load(this.#below.map(({ parent }) => parent));
    for (const { key, parent } of this.#below) {
      const directory = this.#folders.directory(this.#folders.folder(parent));
      if (directory === undefined) {
        this.#parts.context.finding({ kind: 'legacy-orphan', table: TABLE, key });
      }
    }
  }

  #take({ key, before, after }: NetChange): void {
    const prefix = bucketPrefixLength(key, 0, key.length);
    const { filesystemPaths } = this.#parts;
    const isMarker = filesystemPaths && isMarkerName(key, prefix, key.length);
    const parentLength = filesystemPaths ? parentMarkerLength(key, 0, prefix, key.length) : 0;
    const info = this.#info;
    let folder: FolderChange | undefined;
    if (prefix > 0) {
      const length = isMarker ? key.length : parentLength || prefix;
      folder = this.#folders.folder(key.subarray(0, length));
      if (before !== undefined && info.decode(before, 0, before.length)) {
        if (isMarker) folder.setMarker(undefined);
        else folder.netFiles.addKey(info, -1);
      }
    }
    if (after === undefined) return;
    if (!info.decode(after, 0, after.length)) this.#quarantine(key, info.reason);
    else if (folder === undefined) this.#quarantine(key, NO_KEY);
    else {
      if (isMarker) folder.setMarker(markerOf(info, false));
      else folder.netFiles.addKey(info, 1);
      this.#tell(key, prefix, parentLength, folder);
    }
  }

  /** Says what a rebuild would say of a good row. */
  #tell(key: Uint8Array, prefix: number, parentLength: number, { bucket: { after } }: FolderChange): void {
    const { context, filesystemPaths } = this.#parts;
    if (after === undefined) {
      this.#quarantine(key, NO_BUCKET);
    } else if (!hasKeys(after)) {
      this.#quarantine(key, FSO_BUCKET);
    } else if (hasDirectories(after, filesystemPaths)) {
      if (parentLength > 0) this.#below.push({ key, parent: key.subarray(0, parentLength) });
    } else if (!filesystemPaths && after.layout === LEGACY && isMarkerName(key, prefix, key.length)) {
      context.finding({ kind: 'legacy-directory-marker', table: TABLE, key });
    }
  }

  #quarantine(key: Uint8Array, reason: string): void {
    this.#parts.context.quarantine({ table: TABLE, key, reason });
  }
}
