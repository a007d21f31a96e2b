import type { ReconOmTask, TaskResult } from '../../../src/index.ts';
import type { DeltaContext, TaskDelta } from '../../../src/task/delta-context.ts';
import { text } from '../rows-host.ts';
import { isBad } from './orders-world.ts';

/** How rows of a kind of store are written and read. */
export interface RowShape {
  put(key: string, value: string): readonly unknown[];
  key(key: string): unknown;
  value(got: unknown): string | undefined;
}

/** What a test makes tasks do before they do their work. */
export interface Hooks {
  process?: (
    delta: TaskDelta,
    context: DeltaContext,
    task: string,
    // As in the contract of tasks.
    // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
  ) => Promise<TaskResult | void> | TaskResult | void;
  reprocess?: (task: string) => Promise<void> | void;
}

/**
 * Keeps the orders in `rows`, and how many there are of each word in `extra`, which a lost, a repeated or a misplaced event
 * would spoil. What begins with `bad` is quarantined and contributes nothing.
 */
export function ordersTask(
  taskName: string,
  store: string,
  shape: RowShape,
  hooks: Hooks,
  tables: { readonly rows: string; readonly extra: string } = { rows: 'rows', extra: 'extra' },
): ReconOmTask & { readonly store: string } {
  return {
    taskName,
    version: 1,
    store,
    sourceTables: ['orders'],
    async reprocess(snapshot, context) {
      await hooks.reprocess?.(taskName);
      const words = new Map<string, number>();
      const rows = context.sink(tables.rows);
      await snapshot.scan('orders', {
        rows(batch) {
          for (let index = 0; index < batch.length; index++) {
            const value = text(batch.value(index));
            if (isBad(value)) {
              const key = Buffer.from(batch.key(index));
              context.quarantine({ table: 'orders', key, reason: 'bad' });
              continue;
            }
            words.set(value, (words.get(value) ?? 0) + 1);
            void rows.put(...shape.put(text(batch.key(index)), value));
          }
        },
      });
      const extra = context.sink(tables.extra);
      for (const [word, count] of words) await extra.put(...shape.put(word, String(count)));
      return undefined;
    },
    async process(delta, context) {
      const told = await hooks.process?.(delta, context, taskName);
      await applyOrders(delta, context, shape, tables);
      return told ?? undefined;
    },
  };
}

/** Applies the events from `first` on. */
export async function applyOrders(
  delta: TaskDelta,
  context: DeltaContext,
  shape: RowShape,
  tables: { readonly rows: string; readonly extra: string } = { rows: 'rows', extra: 'extra' },
  first = 0,
): Promise<void> {
  const rows = context.table(tables.rows);
  const extra = context.table(tables.extra);
  const add = async (word: string, by: number): Promise<void> => {
    const count = Number(shape.value(await extra.get(shape.key(word))) ?? '0') + by;
    if (count === 0) extra.del(shape.key(word));
    else extra.put(...shape.put(word, String(count)));
  };
  for (const { key, before, after } of delta.events.slice(first)) {
    const old = before === undefined ? undefined : text(before);
    const value = after === undefined ? undefined : text(after);
    if (old !== undefined && !isBad(old)) await add(old, -1);
    if (value !== undefined && isBad(value)) {
      context.quarantine({ table: 'orders', key, reason: `${value} cannot be decoded` });
    }
    if (value === undefined || isBad(value)) {
      rows.del(shape.key(text(key)));
      continue;
    }
    await add(value, 1);
    rows.put(...shape.put(text(key), value));
  }
}
