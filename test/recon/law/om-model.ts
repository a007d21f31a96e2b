import { directoryInfo, repeatedKeyInfo } from '../../ozone/protobuf/ozone-records.ts';
import {
  bucketKey,
  encodeBucket,
  encodeKey,
  encodePart,
  encodeUpload,
  idPath,
  namePath,
  type Bucket,
  type Directory,
  type Key,
  type SplitPart,
  type Upload,
} from './om-records.ts';
import { OmTable, type RowChange } from './om-table.ts';

/** Tables of which only rows are counted: some of the fifteen there are. */
const COUNTED = [
  'volumeTable',
  'dTokenTable',
  'snapshotInfoTable',
  'snapshotRenamedTable',
  'transactionInfoTable',
] as const;

/**
 * The namespace of an Ozone Manager: its tables as objects. What its operations write gathers until `flush`, as in the
 * double buffer of the real one: of one key there is one write in a flush, the last one.
 */
export class OmModel {
  readonly buckets = this.#table<Bucket>('bucketTable', encodeBucket);
  readonly directories = this.#table<Directory>('directoryTable', ({ name, id, parent }) =>
    directoryInfo(name, id, parent),
  );
  readonly files = this.#table<Key>('fileTable', encodeKey);
  readonly keys = this.#table<Key>('keyTable', encodeKey);
  readonly openFiles = this.#table<Key>('openFileTable', encodeKey);
  readonly openKeys = this.#table<Key>('openKeyTable', encodeKey);
  readonly uploads = this.#table<Upload>('multipartInfoTable', encodeUpload);
  readonly parts = this.#table<SplitPart>('multipartPartsTable', encodePart);
  readonly deletedKeys = this.#table<readonly Key[]>('deletedTable', (keys) =>
    repeatedKeyInfo(...keys.map(encodeKey)),
  );
  readonly deletedDirectories = this.#table<Directory>('deletedDirectoryTable', (directory) =>
    encodeKey({ ...directory, size: 0n, type: 1, factor: 3, groups: [] }),
  );
  readonly counted = COUNTED.map((name) => this.#table<string>(name, (text) => Buffer.from(text)));
  #transactions = 0n;
  #pending = new Map<string, RowChange>();

  /** An object id as Ratis makes it: a transaction number behind the epoch, hugely negative. */
  newId(): bigint {
    this.#transactions += 1n;
    return BigInt.asIntN(64, (2n << 62n) | (this.#transactions << 8n));
  }

  /** Ends a flush: gives what it writes, in the order in which it was written first. */
  flush(): RowChange[] {
    this.countedTable('transactionInfoTable').set('#TRANSACTIONINFO', `1#${String(this.#transactions)}`);
    const changes = [...this.#pending.values()];
    this.#pending = new Map();
    return changes;
  }

  countedTable(name: (typeof COUNTED)[number]): OmTable<string> {
    const table = this.counted.find((one) => one.name === name);
    if (table === undefined) throw new TypeError(`No table ${name}`);
    return table;
  }

  /** The table of the keys of a bucket, the one of its open keys, and the path of a key in both. */
  keyTable({ layout }: Bucket): OmTable<Key> {
    return layout === 2 ? this.files : this.keys;
  }

  openTable({ layout }: Bucket): OmTable<Key> {
    return layout === 2 ? this.openFiles : this.openKeys;
  }

  pathOf({ bucket, parent, name }: Pick<Key, 'bucket' | 'parent' | 'name'>): string {
    return parent === undefined ? namePath(bucket, name) : idPath(bucket, parent, name);
  }

  /** Writes a key; what it takes the place of waits to be deleted, under the object id that both have. */
  commitKey(key: Key): void {
    const table = this.keyTable(key.bucket);
    const before = table.get(this.pathOf(key));
    if (before !== undefined) this.sendToDeleted(before);
    table.set(this.pathOf(key), before === undefined ? key : { ...key, id: before.id });
    this.useBucket(key.bucket);
  }

  /** Deletes a key, which then waits for its blocks to be deleted. */
  deleteKey(path: string, key: Key): void {
    this.keyTable(key.bucket).delete(path);
    this.sendToDeleted(key);
    this.useBucket(key.bucket);
  }

  /** Several keys may come to wait under one row: it grows. */
  sendToDeleted(key: Key): void {
    const row = `${namePath(key.bucket, key.name)}/${String(key.id)}`;
    this.deletedKeys.set(row, [...(this.deletedKeys.get(row) ?? []), key]);
  }

  /** Moves a directory to those that wait to be purged; what lies in it stays where it is until then. */
  deleteDirectory(path: string, directory: Directory): void {
    this.directories.delete(path);
    this.deletedDirectories.set(`${path}/${String(directory.id)}`, directory);
  }

  /** The row of a bucket changes with everything that is in it. */
  useBucket(bucket: Bucket): void {
    const now = this.buckets.get(bucketKey(bucket));
    if (now?.id === bucket.id) this.buckets.set(bucketKey(now), { ...now, usedBytes: now.usedBytes + 1 });
  }

  #table<T>(name: string, encode: (row: T) => Uint8Array): OmTable<T> {
    return new OmTable(name, encode, (change) => {
      this.#pending.set(`${change.table}\0${change.key.toString('latin1')}`, change);
    });
  }
}

/** All tables of the model. */
export const OM_TABLES: readonly string[] = tablesOf(new OmModel());

function tablesOf({ counted, ...own }: OmModel): string[] {
  return [...Object.values(own), ...counted].map(({ name }) => name);
}
