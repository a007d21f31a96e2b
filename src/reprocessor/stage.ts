import { join } from 'node:path';
import type { GenerationRecord, TaskIdentity } from '../control/control-record.ts';
import { withGeneration, withStore } from '../control/record-changes.ts';
import type { SourceSnapshot } from '../source/source.ts';
import type { GenerationWriter } from '../store/generation-writer.ts';
import { StagedTable } from '../store/staged-table.ts';
import type { StoreAdapter } from '../store/store.ts';
import type { ReconOmTask } from '../task/task.ts';
import { storeOf, tasksOf, type Engine } from './engine.ts';
import { storeError, storeStep } from '../store/store-step.ts';

/** A store's staged generation while it is written. */
export interface StagedGeneration {
  readonly store: string;
  readonly generation: number;
  readonly adapter: StoreAdapter;
  readonly writer: GenerationWriter;
  readonly tables: ReadonlyMap<string, StagedTable>;
}

/**
 * Step 1: creates a staged generation of each store. It is recorded first, so that a crash leaves nothing that nobody
 * knows of.
 */
export async function stage(
  engine: Engine,
  generation: number,
  stores: readonly string[],
  snapshot: SourceSnapshot,
  seed: number,
): Promise<ReadonlyMap<string, StagedGeneration>> {
  await engine.control.update((record) => {
    let next = record;
    for (const store of stores) {
      const adapter = adapterOf(engine, store);
      next = withStore(next, store, {
        kind: adapter.kind,
        location: adapter.location ?? null,
        durable: adapter.supports.durable,
        tables: adapter.tables.map(({ name }) => name),
      });
      next = withGeneration(next, { store, generation }, stagedRecord(engine, store, snapshot));
    }
    return next;
  });
  await engine.failPoint('1-recorded');
  const staged = new Map<string, StagedGeneration>();
  for (const store of stores) {
    const adapter = adapterOf(engine, store);
    const writer = await storeStep(store, 'stage', () => storeOf(engine, store).stage(generation));
    const tables = await storeStep(store, 'stage', () => tablesOf(engine, store, adapter, writer, seed));
    staged.set(store, { store, generation, adapter, writer, tables });
    await engine.failPoint(`1-created:${store}`);
  }
  return staged;
}

function adapterOf(engine: Engine, store: string): StoreAdapter {
  const adapter = engine.options.stores[store];
  if (adapter === undefined) throw new Error(`Store '${store}' is unknown`);
  return adapter;
}

function stagedRecord(engine: Engine, store: string, snapshot: SourceSnapshot): GenerationRecord {
  return {
    state: 'staged',
    revision: 0,
    sequence: snapshot.sequence.toString(),
    history: snapshot.history ?? null,
    rows: {},
    tasks: taskIdentities(engine, store),
  };
}

/** As JSON keeps it, so that what was recorded compares equal. */
export function taskIdentity({ version, dataOptions = {} }: ReconOmTask): TaskIdentity {
  const kept: unknown = JSON.parse(JSON.stringify(dataOptions));
  return { version, dataOptions: typeof kept === 'object' && kept !== null ? { ...kept } : {} };
}

/** The versions and data-changing options of the tasks that write a store. */
export function taskIdentities(engine: Engine, store: string): Readonly<Record<string, TaskIdentity>> {
  return Object.fromEntries(tasksOf(engine, store).map((task) => [task.taskName, taskIdentity(task)]));
}

function tablesOf(
  engine: Engine,
  store: string,
  adapter: StoreAdapter,
  writer: GenerationWriter,
  seed: number,
): ReadonlyMap<string, StagedTable> {
  const { sortBufferBytes, verify } = engine.options;
  const spillDirectory = engine.home === undefined ? undefined : join(engine.home.scratch, store);
  return new Map(
    adapter.tables.map((layout, index) => [
      layout.name,
      new StagedTable(layout, writer.table(layout.name), {
        spillDirectory,
        runBytes: sortBufferBytes,
        digest: verify === 'full',
        sampleRows: SAMPLE_ROWS,
        seed: seed + index,
        told: (error) => storeError(store, 'process', error),
      }),
    ]),
  );
}

/** Rows of each table that are read back before the switch. */
const SAMPLE_ROWS = 64;
