import { FILE_SYSTEM_OPTIMIZED, LEGACY } from '../../ozone/protobuf/bucket-info.ts';
import { decodeNSSummary, encodeNSSummaryKey, type NSSummary } from '../../recon/index.ts';
import type { SourceSnapshot } from '../../source/source.ts';
import { PathError, type Entity } from './entity.ts';
import { OmRecords, type Bucket, type Volume } from './om-records.ts';
import { scanPrefix } from './scan-prefix.ts';

/** The rows of `namespaceSummaryTable` of one lease. */
export interface SummaryRows {
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
}

/** How directories are kept in a bucket. */
export type Tree = 'fso' | 'legacy' | 'flat';

/** Recon's sums together with the names that only the Ozone Manager's own tables have. */
export class Namespace {
  readonly snapshot: SourceSnapshot;
  readonly records = new OmRecords();
  readonly signal: AbortSignal | undefined;
  readonly #rows: SummaryRows;
  readonly #filesystemPaths: boolean;

  constructor(parts: {
    readonly rows: SummaryRows;
    readonly snapshot: SourceSnapshot;
    readonly filesystemPaths: boolean;
    readonly signal?: AbortSignal;
  }) {
    this.#rows = parts.rows;
    this.snapshot = parts.snapshot;
    this.#filesystemPaths = parts.filesystemPaths;
    this.signal = parts.signal;
  }

  /** The rows of these object ids, in their order. */
  async summaries(ids: readonly bigint[]): Promise<(NSSummary | undefined)[]> {
    const rows = await this.#rows.getMany(ids.map((id) => encodeNSSummaryKey(id)));
    return rows.map((row) => (row === undefined ? undefined : decodeNSSummary(row)));
  }

  async summary(id: bigint): Promise<NSSummary | undefined> {
    return (await this.summaries([id]))[0];
  }

  async volumes(): Promise<readonly Volume[]> {
    const volumes: Volume[] = [];
    const visit = (_key: Uint8Array, value: Uint8Array): void => {
      const volume = this.records.volume(value.slice());
      if (volume !== undefined) volumes.push(volume);
    };
    await scanPrefix(this.snapshot, 'volumeTable', '/', visit, this.signal);
    return volumes;
  }

  /** Of one volume, or all. */
  async buckets(volume?: string): Promise<readonly Bucket[]> {
    const buckets: Bucket[] = [];
    const visit = (_key: Uint8Array, value: Uint8Array): void => {
      const bucket = this.records.bucket(value.slice());
      if (bucket !== undefined) buckets.push(bucket);
    };
    const prefix = volume === undefined ? '/' : `/${volume}/`;
    await scanPrefix(this.snapshot, 'bucketTable', prefix, visit, this.signal);
    return buckets;
  }

  treeOf({ layout }: Bucket): Tree {
    if (layout === FILE_SYSTEM_OPTIMIZED) return 'fso';
    return layout === LEGACY && this.#filesystemPaths ? 'legacy' : 'flat';
  }

  /** `/volumeId/bucketId/parentId/`, with which the rows of one FSO directory start. */
  async fsoPrefix(bucket: Bucket, parentId: bigint): Promise<string> {
    const row = await this.#get('volumeTable', `/${bucket.volume}`);
    const volume = row === undefined ? undefined : this.records.volume(row);
    if (volume === undefined) throw notFound(`/${bucket.volume}`);
    return `/${String(volume.objectId)}/${String(bucket.objectId)}/${String(parentId)}/`;
  }

  /**
   * Finds what a path names. A prefix like `ofs://host` is dropped.
   *
   * @throws PathError `PATH_NOT_FOUND`
   */
  async resolve(path: string): Promise<Entity> {
    const plain = plainPath(path);
    const [volumeName, bucketName] = plain.split('/');
    if (volumeName === undefined || volumeName === '') return { type: 'ROOT' };
    const volumeRow = await this.#get('volumeTable', `/${volumeName}`);
    const volume = volumeRow === undefined ? undefined : this.records.volume(volumeRow);
    if (volume === undefined) throw notFound(path);
    if (bucketName === undefined || bucketName === '') return { type: 'VOLUME', volume };
    const bucketRow = await this.#get('bucketTable', `/${volumeName}/${bucketName}`);
    const bucket = bucketRow === undefined ? undefined : this.records.bucket(bucketRow);
    if (bucket === undefined) throw notFound(path);
    const rest = plain.slice(volumeName.length + bucketName.length + 2);
    if (rest === '') return { type: 'BUCKET', bucket };
    const found =
      this.treeOf(bucket) === 'fso' ? await this.#walk(bucket, rest) : await this.#keyed(bucket, rest);
    if (found === undefined) throw notFound(path);
    return found;
  }

  /** FSO: from the bucket down, one row a component; the last may be a file. */
  async #walk(bucket: Bucket, rest: string): Promise<Entity | undefined> {
    const names = rest.split('/').filter((name) => name !== '');
    let parentId = bucket.objectId;
    for (const [index, name] of names.entries()) {
      const rowKey = `${await this.fsoPrefix(bucket, parentId)}${name}`;
      const row = await this.#get('directoryTable', rowKey);
      const id = row === undefined ? undefined : this.records.directory(row);
      if (id === undefined) return index === names.length - 1 ? this.#key('fileTable', rowKey) : undefined;
      parentId = id;
    }
    return { type: 'DIRECTORY', bucket, objectId: parentId, path: names.join('/') };
  }

  /** OBS and LEGACY: the key as it is, then, in a LEGACY file system, the marker of a directory. */
  async #keyed(bucket: Bucket, rest: string): Promise<Entity | undefined> {
    const prefix = `/${bucket.volume}/${bucket.name}/`;
    if (this.treeOf(bucket) === 'flat') return this.#key('keyTable', `${prefix}${rest}`);
    const path = rest.replace(/\/+$/, '');
    if (!rest.endsWith('/')) {
      const key = await this.#key('keyTable', `${prefix}${path}`);
      if (key !== undefined) return key;
    }
    const row = await this.#get('keyTable', `${prefix}${path}/`);
    const marker = row === undefined ? undefined : this.records.key(row);
    return marker === undefined ? undefined : { type: 'DIRECTORY', bucket, objectId: marker.objectId, path };
  }

  async #key(table: string, rowKey: string): Promise<Entity | undefined> {
    const row = await this.#get(table, rowKey);
    const key = row === undefined ? undefined : this.records.key(row);
    return key === undefined ? undefined : { type: 'KEY', key };
  }

  #get(table: string, rowKey: string): Promise<Uint8Array | undefined> {
    return this.snapshot.get(table, Buffer.from(rowKey, 'utf8'));
  }
}

/** Without a protocol, a host and leading slashes. What follows the bucket stays as it is: a key may hold any slashes. */
export function plainPath(path: string): string {
  return path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/^\/+/, '');
}

function notFound(path: string): PathError {
  return new PathError(
    'PATH_NOT_FOUND',
    `${path} is not in this namespace: there is no such volume, bucket, directory or key`,
  );
}
