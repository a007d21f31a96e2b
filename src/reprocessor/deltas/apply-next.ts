import { setImmediate as turn } from 'node:timers/promises';
import { StagedReprocessError, throwIfAborted } from '../../errors.ts';
import { decodeApplied, encodeApplied, rowsAfter, type AppliedState } from '../../store/applied-state.ts';
import type { SharedGeneration } from '../../store/generation-set.ts';
import type { TableWrites } from '../../store/store-batch.ts';
import { isSameValue } from '../../store/compare-bytes.ts';
import { storeStep } from '../../store/store-step.ts';
import { StoreTransaction } from '../../store/store-transaction.ts';
import { storeOf, tasksOf, type Engine } from '../engine.ts';
import { encodeCursor } from './cursor.ts';
import { forgetTasks } from './forget-tasks.ts';
import { isSameHistory } from './same-history.ts';
import { applyToTask } from './task-delta.ts';

/** What one commit takes at most, so that no turn of the event loop is long and memory stays small. */
const LIMITS = Object.freeze({ maxEvents: 1000, maxBytes: 1 << 20 });

export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** Nothing beyond it is applied. */
  readonly through?: bigint;
  /** Whether what was written is read back at once, since nothing will count it again before the switch. */
  readonly readBack?: boolean;
}

/**
 * Applies the next events of the log to one generation: all tasks of its store, one commit together with the applied state.
 * Resolves with whether there was something to apply: nothing is left, or nothing follows without a gap.
 */
export async function applyNext(
  engine: Engine,
  shared: SharedGeneration,
  { signal, through, readBack = false }: ApplyOptions,
): Promise<boolean> {
  // Where log and store are in memory nothing else would let the host's event loop turn until the log is at its end.
  await turn();
  throwIfAborted(signal);
  if (await hasAdvanced(shared)) return true;
  const { store, applied } = shared;
  const limits = through === undefined ? LIMITS : { ...LIMITS, through };
  const read = await engine.deltas.log.read(applied.sequence, limits);
  if (read === undefined || !isSameHistory(applied.history, read.history)) return false;
  const adapter = engine.options.stores[store];
  if (adapter === undefined) throw new Error(`Store '${store}' is unknown`);
  const transaction = new StoreTransaction(adapter, shared);
  const aside = engine.deltas.setAside.draft(shared);
  const delta = { after: read.after, through: read.through, events: read.events };
  const tasks = tasksOf(engine, store);
  if (tasks.length === 0) await forgetTasks(engine, shared);
  for (const task of tasks) {
    await applyToTask(engine, { task, delta, transaction, aside, signal });
  }
  throwIfAborted(signal);
  const { writes, rowsAdded } = await storeStep(store, 'apply', () => transaction.result());
  const next: AppliedState = {
    ...(applied.lost === true ? { lost: true } : {}),
    sequence: read.through,
    history: applied.history ?? read.history,
    cursor: read.cursor === undefined ? undefined : encodeCursor(engine, read.cursor),
    rows: rowsAfter(applied.rows, rowsAdded, adapter.tables),
  };
  await engine.failPoint(`apply:before:${store}`);
  const batch = { writes, applied: encodeApplied(next) };
  shared.inDoubt = true;
  await storeStep(store, 'apply', () => storeOf(engine, store).apply(shared.generation, batch));
  shared.inDoubt = false;
  aside.count();
  shared.advance(next);
  if (readBack) {
    const own = adapter.tables.filter(({ changesItself }) => changesItself === true).map(({ name }) => name);
    await checkWritten(
      shared,
      writes.filter(({ table }) => !own.includes(table)),
    );
  }
  await engine.failPoint(`apply:after:${store}`);
  return true;
}

/** A batch whose acknowledgement was lost must not be applied again: the store says whether it has it. */
async function hasAdvanced(shared: SharedGeneration): Promise<boolean> {
  if (!shared.inDoubt) return false;
  const { store, sequence } = shared;
  const text = await storeStep(store, 'apply', () => shared.readApplied());
  const applied = text === undefined ? undefined : decodeApplied(store, text);
  shared.inDoubt = false;
  if (applied === undefined || applied.sequence <= sequence) return false;
  shared.advance(applied);
  return true;
}

async function checkWritten(shared: SharedGeneration, writes: readonly TableWrites[]): Promise<void> {
  for (const { table, rows } of writes) {
    const keys = rows.map(({ key }) => key);
    const found = await storeStep(shared.store, 'verify', () => shared.getMany(table, keys));
    const wrong = rows.find(({ value }, index) => !isSameValue(value, found[index]));
    if (wrong === undefined) continue;
    const key = Buffer.from(wrong.key).toString('hex');
    throw new StagedReprocessError(
      'REPROCESS_VERIFY_FAILED',
      `Table '${table}' of store '${shared.store}' does not hold what was just written under key ${key}`,
      { details: { store: shared.store, table } },
    );
  }
}
