import { inspect } from 'node:util';
import { throwIfAborted } from '../errors.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import type { RowBytes } from '../store/generation-writer.ts';
import type { FrozenRows } from '../store/open-generation.ts';
import { storeStep } from '../store/store-step.ts';
import type { StoreAdapter } from '../store/store.ts';
import { catchUp } from './deltas/catch-up.ts';
import type { Engine } from './engine.ts';
import { pairedRows } from './paired-rows.ts';
import type { RowDifference, TableDifference } from './report.ts';
import { tellUnclosed } from './retire.ts';
import { untilAborted } from './within-time.ts';

/** How many rows of a table are shown. */
const SHOWN = 20;

/**
 * Compares what a shadow run has built with the live data, table by table and byte for byte but for volatile columns. Both
 * sides are brought to one sequence where that can be, and fixed in one moment: deltas go on meanwhile.
 */
export async function differences(
  engine: Engine,
  generations: readonly SharedGeneration[],
  signal: AbortSignal,
): Promise<readonly TableDifference[]> {
  const { appliers } = engine.deltas;
  const sides: { staged: SharedGeneration; frozen: FrozenRows; live: Side | undefined }[] = [];
  const open: FrozenRows[] = [];
  const fix = (shared: SharedGeneration): FrozenRows => {
    const frozen = shared.freeze();
    open.push(frozen);
    return frozen;
  };
  try {
    const paused = appliers.pause();
    try {
      // A task of the live data that hangs keeps nobody from an abort.
      await untilAborted(paused, signal);
      for (const staged of generations) {
        const live = engine.live.generationOf(staged.store);
        if (live !== undefined) await catchUp(engine, [staged], { signal, through: live.sequence });
        const side = live === undefined ? undefined : { sequence: live.sequence, frozen: fix(live) };
        sides.push({ staged, frozen: fix(staged), live: side });
      }
    } finally {
      appliers.resume();
    }
    const tables: TableDifference[] = [];
    for (const { staged, frozen, live } of sides) {
      const adapter = engine.options.stores[staged.store];
      for (const { name } of adapter?.tables ?? []) {
        if (adapter === undefined) continue;
        const compared = await storeStep(staged.store, 'compare', () =>
          compareTable(adapter, name, frozen, live?.frozen, signal),
        );
        const { store, sequence: stagedSequence } = staged;
        tables.push({ store, table: name, stagedSequence, liveSequence: live?.sequence ?? 0n, ...compared });
      }
    }
    return tables;
  } finally {
    for (const frozen of open) {
      // It was only a look: what does not close must not hide what was seen, nor what went wrong.
      await frozen.close().catch((error: unknown) => {
        tellUnclosed(engine, [error]);
      });
    }
  }
}

interface Side {
  readonly sequence: bigint;
  readonly frozen: FrozenRows;
}

type Compared = Omit<TableDifference, 'store' | 'table' | 'liveSequence' | 'stagedSequence'>;

async function compareTable(
  adapter: StoreAdapter,
  table: string,
  staged: FrozenRows,
  live: FrozenRows | undefined,
  signal: AbortSignal,
): Promise<Compared> {
  const counts = { rowsLive: 0, rowsStaged: 0, added: 0, removed: 0, changed: 0 };
  const first: RowDifference[] = [];
  const comparable = (value: Uint8Array): Uint8Array => adapter.comparable?.(table, value) ?? value;
  const shown = (row: RowBytes | undefined): string | undefined =>
    row === undefined ? undefined : adapter.decodeRow(table, row).map(textOf).join(' → ');
  for await (const pairs of pairedRows(live?.rows(table), staged.rows(table))) {
    throwIfAborted(signal);
    for (const { left, right } of pairs) {
      if (left !== undefined) counts.rowsLive += 1;
      if (right !== undefined) counts.rowsStaged += 1;
      const kind = kindOf(left, right, comparable);
      if (kind === undefined) continue;
      counts[kind] += 1;
      if (first.length < SHOWN) first.push({ kind, live: shown(left), staged: shown(right) });
    }
  }
  return { ...counts, first };
}

function kindOf(
  live: RowBytes | undefined,
  staged: RowBytes | undefined,
  comparable: (value: Uint8Array) => Uint8Array,
): RowDifference['kind'] | undefined {
  if (live === undefined) return 'added';
  if (staged === undefined) return 'removed';
  return Buffer.compare(comparable(live.value), comparable(staged.value)) === 0 ? undefined : 'changed';
}

function textOf(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Infinity, maxStringLength: 200, maxArrayLength: 20 });
}
