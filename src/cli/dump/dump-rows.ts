import { StagedReprocessError, throwIfAborted } from '../../errors.ts';
import { StagedReprocessor, type Lease } from '../../index.ts';
import { statsTables } from '../../recon/index.ts';
import type { Stores } from '../../store/lease.ts';
import { jsonText } from '../json-text.ts';
import { recordedStores } from '../recorded-stores.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { SILENT } from '../silent-logger.ts';
import { storedReconTasks } from '../stored-tasks.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { LineBuffer } from './line-buffer.ts';
import { isBytesReader, isSqlReader, keyValueLines, sqlLines } from './row-lines.ts';

export interface DumpRequest {
  readonly directory: string;
  readonly store: string | undefined;
  readonly table: string | undefined;
  readonly decode: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

interface TableToDump {
  readonly store: string;
  readonly table: string;
}

/** Opens the directory and writes its rows to standard output; a slow reader holds the reading back. */
export async function dumpRows(request: DumpRequest): Promise<void> {
  const { directory, terminal } = request;
  const { isRecon, stores, unreadable } = await recordedStores(directory);
  if (unreadable.length > 0) {
    throw new StagedReprocessError(
      'REPROCESS_SOURCE_UNSUPPORTED',
      `Store '${unreadable.join("', '")}' holds SQL tables that only their own host can open; of SQL stores this command reads Recon's`,
    );
  }
  const tables = chosenTables(request, tablesOf(stores, isRecon));
  const reprocessor = await StagedReprocessor.open({
    dataDir: directory,
    stores,
    tasks: [],
    leaseTimeoutMs: 0,
    logger: SILENT,
  });
  try {
    const lines = new LineBuffer(terminal.out);
    await reprocessor.read(async (lease) => {
      for (const table of tables) {
        for await (const line of linesOf(lease, table, request.decode)) {
          throwIfAborted(request.signal);
          await lines.add(jsonText(line));
        }
      }
      await lines.flush();
    });
  } finally {
    await reprocessor.close();
  }
}

/** The tables of all stores, without those that only their tasks need to remember. */
function tablesOf(stores: Stores, isRecon: boolean): readonly TableToDump[] {
  const hidden = new Set(
    isRecon
      ? storedReconTasks(false).flatMap((task: ReconOmTask) =>
          (task.privateTables ?? []).map((table) => `${task.store}/${table}`),
        )
      : [],
  );
  return Object.entries(stores).flatMap(([store, { tables }]) =>
    tables
      .map(({ name }) => ({ store, table: name }))
      .filter(({ table }) => !hidden.has(`${store}/${table}`)),
  );
}

function chosenTables({ store, table }: DumpRequest, all: readonly TableToDump[]): readonly TableToDump[] {
  const names = [...new Set(all.map((one) => one.store))];
  if (store !== undefined && !names.includes(store))
    throw new UsageError(`Expected \`--store\` to be one of ${names.join(', ')}, got \`${store}\``);
  const inStore = all.filter((one) => store === undefined || one.store === store);
  const chosen = inStore.filter((one) => table === undefined || one.table === table);
  if (chosen.length > 0 || table === undefined) return chosen;
  const known = inStore.map((one) => one.table).join(', ');
  throw new UsageError(`Expected \`--table\` to be one of ${known}, got \`${table}\``);
}

function linesOf(lease: Lease, { store, table }: TableToDump, decode: boolean): AsyncGenerator<object> {
  const reader = lease.store(store);
  if (isSqlReader(reader)) return sqlLines(store, table, reader, primaryKeyOf(table));
  if (isBytesReader(reader)) return keyValueLines(store, table, reader, decode);
  throw new StagedReprocessError('REPROCESS_SOURCE_UNSUPPORTED', `Store '${store}' cannot be dumped`);
}

function primaryKeyOf(table: string): readonly string[] {
  return Object.entries(statsTables).find(([name]) => name === table)?.[1].primaryKey ?? [];
}
