import type { ControlRecord, SetRecord, SwitchRecord } from '../control/control-record.ts';
import { generationOf, withGeneration, withOutcome } from '../control/record-changes.ts';
import { commitStores, storeSwitch, undoStores, type RecoveryContext } from '../control/recover.ts';
import { StagedReprocessError } from '../errors.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import { isDurable, storeOf, type Engine } from './engine.ts';
import { followsDeltas } from './accept-loss.ts';
import { retire } from './retire.ts';
import { storeStep } from '../store/store-step.ts';
import { untilAborted } from './within-time.ts';

export interface SwitchRequest {
  readonly kind: 'switch' | 'rollback';
  readonly to: SetRecord;
  /** The generations that are to become live, prepared, open and caught up. They are let go when the switch fails. */
  readonly opened: ReadonlyMap<string, SharedGeneration>;
  /** Called in the very step in which the generations become live. */
  readonly onFlipped: () => void;
  /** Undoes nothing any more; ends the wait for the host's own code. */
  readonly signal: AbortSignal;
}

/**
 * Steps 5 to 9, the same for a run and for `rollbackTo`: the intent (the decision), the commits, the outcome, the flip,
 * and the retirement of what was live. Every target generation is prepared.
 */
export async function switchOver(engine: Engine, request: SwitchRequest): Promise<void> {
  const from = engine.control.record.live;
  const startedAtMs = engine.options.clock.now();
  engine.announcer.emit('switch:begin', { from: from?.generation, to: request.to.generation });
  engine.phase.send('DECIDED');
  let switched = false;
  try {
    await decideAndCommit(engine, request, from);
    switched = true;
  } finally {
    engine.announcer.emit('switch:end', {
      from: from?.generation,
      to: request.to.generation,
      switched,
      durationMs: engine.options.clock.now() - startedAtMs,
    });
  }
  await initTasks(engine, request.signal);
  await afterDecision(engine, '8-initialised');
}

async function decideAndCommit(
  engine: Engine,
  request: SwitchRequest,
  from: SetRecord | null,
): Promise<void> {
  const { to, kind } = request;
  const changed = Object.keys(to.stores).filter((store) => to.stores[store] !== from?.stores[store]);
  const participants = changed.filter((store) => isDurable(engine, store));
  const volatile = changed.filter((store) => !isDurable(engine, store));
  const switching = await writeIntent(engine, { kind, from, to, participants }, request.opened);
  await engine.failPoint('5-intent');
  try {
    await commitStores(recoveryContext(engine), switching);
    for (const store of volatile) {
      await storeStep(store, 'commit', () =>
        storeOf(engine, store).commit(storeSwitch(engine.control.record, switching, store)),
      );
    }
    await engine.failPoint('6-committed');
  } catch (error) {
    await takeBack(engine, switching, volatile, error);
    throw new StagedReprocessError('REPROCESS_SWITCH_FAILED', 'The switch failed and was undone', {
      cause: error,
    });
  }
  await writeOutcome(engine, switching);
  flip(engine, to, request.opened);
  request.onFlipped();
}

/** Step 5: from here on recovery rolls forward. */
async function writeIntent(
  engine: Engine,
  change: Omit<SwitchRecord, 'decision' | 'revision'>,
  opened: SwitchRequest['opened'],
): Promise<SwitchRecord> {
  const left = [...(engine.live.current?.stores.values() ?? [])].filter(({ store }) => opened.has(store));
  const record = await engine.control.update((current, revision) => ({
    ...withApplied(current, [...opened.values(), ...left]),
    ...(followsDeltas(engine) ? { followsDeltas: true as const } : {}),
    switching: { decision: 'intent', revision, ...change },
  }));
  if (record.switching === null) throw new Error('The intent is missing in its own record');
  return record.switching;
}

/**
 * Nothing is applied from here to the flip, so the record can say how far both sides have got: the shrink guard and the
 * delta log's claims go by it.
 */
function withApplied(record: ControlRecord, generations: readonly SharedGeneration[]): ControlRecord {
  let next = record;
  for (const { store, generation, applied } of generations) {
    const known = generationOf(next, { store, generation });
    if (known === undefined) continue;
    next = withGeneration(
      next,
      { store, generation },
      {
        ...known,
        state: 'ready',
        sequence: applied.sequence.toString(),
        history: applied.history ?? null,
        cursor: applied.cursor ?? null,
        rows: applied.rows,
      },
    );
  }
  return next;
}

/** An error in step 6: the abort is written first, then everything is undone in reverse order. */
async function takeBack(
  engine: Engine,
  switching: SwitchRecord,
  volatile: readonly string[],
  error: unknown,
): Promise<void> {
  try {
    await engine.failPoint('rollback:before');
    await engine.control.update((record) => ({ ...record, switching: { ...switching, decision: 'abort' } }));
    await engine.failPoint('rollback:aborted');
    for (const store of volatile) {
      await storeStep(store, 'undo', () =>
        storeOf(engine, store).undo(storeSwitch(engine.control.record, switching, store)),
      );
    }
    await undoStores(recoveryContext(engine), switching);
    await engine.failPoint('rollback:undone');
  } catch (rollbackError) {
    throw undecided(engine, 'The switch failed and could not be taken back', error, rollbackError);
  }
}

/** Step 7. When it cannot be written nothing is undone: what the disk holds is read back at reopening. */
async function writeOutcome(engine: Engine, switching: SwitchRecord): Promise<void> {
  try {
    await engine.control.update((record) => withOutcome(record, switching, engine.options.retainGenerations));
  } catch (error) {
    throw undecided(engine, 'The outcome of the switch could not be written', error, undefined);
  }
  await afterDecision(engine, '7-outcome');
}

function undecided(
  engine: Engine,
  what: string,
  cause: unknown,
  rollbackError: unknown,
): StagedReprocessError {
  engine.undecided = new StagedReprocessError(
    'REPROCESS_UNDECIDED',
    `${what}. The old data is served; the decision is read back when the directory is reopened`,
    { cause, details: rollbackError === undefined ? {} : { rollbackError } },
  );
  return engine.undecided;
}

/** Step 8, in one synchronous step. */
function flip(engine: Engine, to: SetRecord, opened: SwitchRequest['opened']): void {
  const stores = new Map<string, SharedGeneration>();
  for (const store of Object.keys(to.stores)) {
    const kept = engine.live.generationOf(store);
    const shared = opened.get(store) ?? kept;
    if (shared !== undefined) stores.set(store, shared);
  }
  const previous = engine.live.flip(to.generation, stores);
  engine.phase.send('SWITCHED');
  if (previous !== undefined) retire(engine, previous);
}

async function initTasks(engine: Engine, signal: AbortSignal): Promise<void> {
  await afterDecision(engine, '8-flipped');
  for (const task of engine.tasks) {
    try {
      // An abort comes too late for the switch, but it ends the wait: `close()` may be called in here.
      await untilAborted(Promise.resolve(task.init?.()), signal);
    } catch (error) {
      engine.announcer.alert(
        'TASK_INIT_FAILED',
        `Task '${task.taskName}' failed in init() after a switch`,
        error,
      );
    }
  }
}

/** Once the outcome is durable nothing may fail the switch any more. */
async function afterDecision(engine: Engine, name: string): Promise<void> {
  try {
    await engine.failPoint(name);
  } catch (error) {
    engine.announcer.alert(
      'FAIL_POINT',
      `Fail-point '${name}' threw after the decision, which stands`,
      error,
    );
  }
}

function recoveryContext(engine: Engine): RecoveryContext {
  const { control, stores, failPoint, options } = engine;
  return { control, stores, failPoint, retainGenerations: options.retainGenerations };
}
