import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { TaskContext } from '../../task/context.ts';
import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import type { TaskSnapshot } from '../../task/snapshot.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { quarantineRow } from '../bad-record.ts';
import { Pacing } from '../pacing.ts';
import type { ContainerStore } from '../recon-tables.ts';
import { checkTaskOptions, storeName } from '../task-options.ts';
import { ContainerCounts } from './container-counts.ts';
import { ContainerRows } from './container-rows.ts';
import { decodeDistinctBlocks } from './distinct-blocks.ts';
import { remapContainers } from './remap-containers.ts';

/** @public */
export interface ContainerKeyMapperTaskOptions<Store extends string = 'containers'> {
  /** @defaultValue 'containers' */
  readonly store?: Store;
}

/**
 * Maps containers to the keys of FSO buckets (`fileTable`) that have blocks in them, and back. Writes
 * `containerKeyTable`, `keyContainerTable` and `containerKeyCountTable`; the counts of this task and of
 * `ContainerKeyMapperTaskOBS` add up. Rows that cannot be decoded, or that name an impossible container, are
 * quarantined.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.ContainerKeyMapperTaskFSO
 * @public
 */
export class ContainerKeyMapperTaskFSO<
  const Store extends string = 'containers',
> implements ReconOmTask<ContainerStore> {
  readonly taskName = 'ContainerKeyMapperTaskFSO';
  readonly version = 1;
  readonly store: Store;
  readonly sourceTables = ['fileTable'];

  constructor(options: ContainerKeyMapperTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store']);
    this.store = storeName(options.store, 'containers');
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<ContainerStore>): Promise<undefined> {
    await mapContainers('fileTable', snapshot, context);
    return undefined;
  }

  async process(delta: TaskDelta, context: DeltaContext<ContainerStore>): Promise<undefined> {
    await remapContainers('fileTable', delta, context);
    return undefined;
  }
}

/**
 * Maps containers to the keys of OBS and LEGACY buckets (`keyTable`) that have blocks in them, and back. Writes the same
 * tables as `ContainerKeyMapperTaskFSO`, and quarantines what that does.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.ContainerKeyMapperTaskOBS
 * @public
 */
export class ContainerKeyMapperTaskOBS<
  const Store extends string = 'containers',
> implements ReconOmTask<ContainerStore> {
  readonly taskName = 'ContainerKeyMapperTaskOBS';
  readonly version = 1;
  readonly store: Store;
  readonly sourceTables = ['keyTable'];

  constructor(options: ContainerKeyMapperTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store']);
    this.store = storeName(options.store, 'containers');
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<ContainerStore>): Promise<undefined> {
    await mapContainers('keyTable', snapshot, context);
    return undefined;
  }

  async process(delta: TaskDelta, context: DeltaContext<ContainerStore>): Promise<undefined> {
    await remapContainers('keyTable', delta, context);
    return undefined;
  }
}

async function mapContainers(
  table: string,
  snapshot: TaskSnapshot,
  context: TaskContext<ContainerStore>,
): Promise<void> {
  const rows = new ContainerRows(
    context.sink('containerKeyTable'),
    context.sink('keyContainerTable', { ascending: true }),
  );
  const countSink = context.sink('containerKeyCountTable', { ascending: true });
  const counts = new ContainerCounts();
  const key = new KeyInfo();
  await snapshot.scan(table, {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        const { values, valueStarts, valueEnds } = batch;
        const fault = decodeDistinctBlocks(key, values, valueStarts[index] ?? 0, valueEnds[index] ?? 0);
        if (fault !== undefined) {
          quarantineRow(context, table, batch, index, fault);
        } else {
          counts.add(key.blocks);
          rows.push(batch.keys, batch.keyStarts[index] ?? 0, batch.keyEnds[index] ?? 0, key.blocks);
        }
      }
    },
    end: () => {
      rows.end();
    },
  });
  await counts.write(countSink, new Pacing(context.signal));
}
