import { MemorySource } from '../../src/source/memory-source.ts';
import type { SourceSnapshot } from '../../src/source/source.ts';
import { reconStores } from './recon-stores.ts';
import {
  decodeContainerId,
  decodeContainerKey,
  decodeContainerKeyCount,
  decodeKeyContainer,
  decodeNSSummary,
  reconTasks,
  type ContainerKey,
  type FileCountBySizeRow,
  type GlobalStatsRow,
  type NSSummary,
} from '../../src/recon/index.ts';
import type { ReconOmTask } from '../../src/task/task.ts';
import { runTasks, type TaskRun } from './task-run.ts';
import { bucketInfo, directoryInfo, keyInfo, type KeyOptions } from '../ozone/protobuf/ozone-records.ts';

type Row = readonly [key: Uint8Array | string, value: Uint8Array | string];

/** Rows of an Ozone Manager's database, put together by hand. */
export class OmRows {
  readonly tables: Record<string, Row[]> = {};

  add(table: string, key: Uint8Array | string, value: Uint8Array | string = ''): this {
    (this.tables[table] ??= []).push([key, value]);
    return this;
  }

  bucket(volume: string, bucket: string, id: number | bigint, layout: number | undefined): this {
    return this.add('bucketTable', `/${volume}/${bucket}`, bucketInfo(volume, bucket, id, layout));
  }

  /** `parent` also stands in the key; volume and bucket ids are made up. */
  directory(parent: number | bigint, name: string, id: number | bigint): this {
    return this.add('directoryTable', `/1/2/${String(parent)}/${name}`, directoryInfo(name, id, parent));
  }

  file(parent: number | bigint, name: string, options: KeyOptions = {}): this {
    return this.add(
      'fileTable',
      `/1/2/${String(parent)}/${name}`,
      keyInfo({ name, parentId: parent, ...options }),
    );
  }

  key(volume: string, bucket: string, name: string, options: KeyOptions = {}): this {
    return this.add(
      'keyTable',
      `/${volume}/${bucket}/${name}`,
      keyInfo({ volume, bucket, name, ...options }),
    );
  }

  async snapshot(): Promise<SourceSnapshot> {
    const source = new MemorySource({ sequence: 1n, tables: this.tables });
    return source.openSnapshot();
  }

  /** Runs tasks on the rows: all six, unless others are given. */
  async run(options: { filesystemPaths?: boolean; tasks?: readonly ReconOmTask[] } = {}): Promise<TaskRun> {
    const { filesystemPaths = false, tasks = reconTasks({ filesystemPaths, now: () => 5 }) } = options;
    const snapshot = await this.snapshot();
    try {
      return await runTasks(snapshot, tasks, reconStores());
    } finally {
      await snapshot.close();
    }
  }
}

/** The rows of `namespaceSummaryTable` by object id, without their bins. */
export function summaries(run: TaskRun): Record<string, Omit<NSSummary, 'fileSizeBucket'>> {
  const rows: Record<string, Omit<NSSummary, 'fileSizeBucket'>> = {};
  for (const [key, value] of run.tables.get('namespaceSummaryTable') ?? []) {
    const { numOfFiles, sizeOfFiles, replicatedSizeOfFiles, childDir, dirName, parentId } =
      decodeNSSummary(value);
    rows[String(BigInt.asIntN(64, BigInt(`0x${key}`)))] = {
      numOfFiles,
      sizeOfFiles,
      replicatedSizeOfFiles,
      childDir,
      dirName,
      parentId,
    };
  }
  return rows;
}

/** One row as `summaries` gives it; parts that are left out are those of an empty row. */
export function summary(part: Partial<NSSummary> = {}): Omit<NSSummary, 'fileSizeBucket'> {
  return {
    numOfFiles: 0,
    sizeOfFiles: 0n,
    replicatedSizeOfFiles: 0n,
    childDir: [],
    dirName: '',
    parentId: 0n,
    ...part,
  };
}

/** `task table key: reason` of what was set aside. */
export function quarantined(run: TaskRun): string[] {
  return run.quarantined.map(
    ({ task, table, key, reason }) => `${task} ${table} ${Buffer.from(key).toString()}: ${reason}`,
  );
}

/** `kind key` of the findings. */
export function findings(run: TaskRun): string[] {
  return run.findings.map(({ kind, key }) => `${kind} ${Buffer.from(key).toString()}`);
}

/** The rows of `GLOBAL_STATS`, without their timestamps. */
export function globalStats(run: TaskRun): Record<string, bigint> {
  const rows = (run.puts.get('GLOBAL_STATS') ?? []) as GlobalStatsRow[];
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

/** The rows of `FILE_COUNT_BY_SIZE` as `volume/bucket/file_size` and count; those of one key are added up. */
export function fileCounts(run: TaskRun): Record<string, bigint> {
  const counts: Record<string, bigint> = {};
  for (const row of (run.puts.get('FILE_COUNT_BY_SIZE') ?? []) as FileCountBySizeRow[]) {
    const name = `${row.volume}/${row.bucket}/${String(row.file_size)}`;
    counts[name] = (counts[name] ?? 0n) + row.count;
  }
  return counts;
}

/** The keys of `keyContainerTable` and their counterparts, as `key@version in container`; checks that both agree. */
export function containerKeys(run: TaskRun): string[] {
  const texts = (table: string, decode: (key: Uint8Array) => ContainerKey): string[] =>
    [...(run.tables.get(table) ?? [])].map(([hex, value]) => {
      if (Buffer.from(value).readInt32BE() !== 1 || value.length !== 4) throw new Error(`not 1: ${hex}`);
      const { keyPrefix, keyVersion, containerId } = decode(Buffer.from(hex, 'hex'));
      return `${keyPrefix}@${String(keyVersion)} in ${String(containerId)}`;
    });
  const byKey = texts('keyContainerTable', decodeKeyContainer);
  const byContainer = texts('containerKeyTable', decodeContainerKey);
  if (byKey.toSorted().join('\n') !== byContainer.toSorted().join('\n'))
    throw new Error('the two tables differ');
  return byKey;
}

/** The rows of `containerKeyCountTable`. */
export function containerCounts(run: TaskRun): Record<string, bigint> {
  const rows = [...(run.tables.get('containerKeyCountTable') ?? [])];
  return Object.fromEntries(
    rows.map(([hex, value]) => [
      String(decodeContainerId(Buffer.from(hex, 'hex'))),
      decodeContainerKeyCount(value),
    ]),
  );
}
