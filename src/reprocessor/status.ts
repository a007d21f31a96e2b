import { allGenerations } from '../control/record-changes.ts';
import type { ReprocessReason } from '../source/source.ts';
import {
  deltaStatus,
  waitingFor,
  type DeltaStatus,
  type IntakeCounts,
  type WaitingFor,
} from './delta-status.ts';
import { lagOf } from './deltas/catch-up.ts';
import type { Block } from './deltas/delta-desk.ts';
import type { Engine } from './engine.ts';
import type { ReprocessState } from './machine.ts';
import { isOutdated } from './outdated.ts';
import type { TaskProgress } from './progress.ts';
import { errorReport, type ErrorReport, type ReprocessReport } from './report.ts';

/** @public */
export interface StoreStatus {
  readonly store: string;
  readonly kind: string;
  /** The generation that readers get; `undefined` when there is none. */
  readonly live: number | undefined;
  readonly staged: number | undefined;
  readonly retained: readonly number[];
  /** Being deleted, or waiting for its last readers. */
  readonly discarding: readonly number[];
  readonly sequence: bigint | undefined;
  /** Whether the live data was built by another version, or with other options, of its tasks. */
  readonly outdated: boolean;
  /** How far, in sequences, the live data stands behind the delta log; `undefined` when the store has none. */
  readonly lag: bigint | undefined;
  /** Why it no longer follows its source, if it does not: it must be rebuilt. */
  readonly blocked: { readonly reason: ReprocessReason; readonly error: ErrorReport | undefined } | undefined;
}

/** @public */
export interface RunProgress {
  readonly startedAtMs: number;
  /** Rows shown to tasks. */
  readonly rowsDone: number;
  /** `undefined` when some table's size is unknown. */
  readonly rowsEstimated: number | undefined;
  readonly rowsPerSecond: number;
  /** `undefined` means unknown. */
  readonly etaMs: number | undefined;
  readonly tasks: readonly TaskProgress[];
}

/** One plain object that says what a reprocessor is doing. @public */
export interface ReprocessStatus {
  readonly format: 1;
  readonly atMs: number;
  readonly homeId: string;
  /** Revision of the control record that this status has seen. */
  readonly controlRevision: number;
  readonly state: ReprocessState | 'CLOSED';
  /** Whether something is live; after a first run of some tasks only, not every store is: see `stores` and `waitingFor`. */
  readonly ready: boolean;
  /** Number of the run whose generations are live; `undefined` when nothing is. */
  readonly generation: number | undefined;
  readonly sequence: bigint | undefined;
  /** Sets that `rollbackTo` can go back to, newest first. */
  readonly retained: readonly number[];
  /** How far, in sequences, the furthest live store stands behind the delta log. */
  readonly lag: bigint | undefined;
  /** Empty when all goes its way. */
  readonly waitingFor: readonly WaitingFor[];
  readonly deltas: DeltaStatus;
  readonly stores: readonly StoreStatus[];
  readonly leases: number;
  readonly run: RunProgress | undefined;
  readonly failures: number;
  /** Until when no run starts; `undefined` when the circuit is closed. */
  readonly circuitOpenUntilMs: number | undefined;
  readonly retryAtMs: number | undefined;
  readonly lastReport: ReprocessReport | undefined;
  readonly lastError: ErrorReport | undefined;
}

export interface StatusExtras {
  readonly closed: boolean;
  readonly leases: number;
  readonly failures: number;
  readonly circuitOpenUntilMs: number | undefined;
  readonly retryAtMs: number | undefined;
  readonly lastReport: ReprocessReport | undefined;
  readonly lastError: ErrorReport | undefined;
  readonly intake: IntakeCounts;
}

export function statusOf(engine: Engine, extras: StatusExtras): ReprocessStatus {
  const { record } = engine.control;
  const { current } = engine.live;
  const { closed, intake, ...told } = extras;
  const stores = Object.keys(engine.options.stores).map((store) => storeStatus(engine, store));
  const lags = stores.flatMap(({ lag }) => lag ?? []);
  return {
    format: 1,
    atMs: engine.options.clock.now(),
    homeId: record.homeId,
    controlRevision: record.revision,
    state: closed ? 'CLOSED' : engine.phase.state,
    ready: current !== undefined,
    generation: current?.generation ?? (closed ? record.live?.generation : undefined),
    sequence: current?.sequence,
    retained: record.retained.map(({ generation }) => generation),
    lag: lags.length === 0 ? undefined : lags.reduce((most, lag) => (lag > most ? lag : most)),
    waitingFor: closed ? [] : waitingFor(engine, { intake, ...told }),
    deltas: deltaStatus(engine, intake),
    stores,
    run: runProgress(engine),
    ...told,
  };
}

function storeStatus(engine: Engine, store: string): StoreStatus {
  const { record } = engine.control;
  const live = engine.live.generationOf(store);
  const known = allGenerations(record).filter((one) => one.store === store);
  const numbers = (state: string): readonly number[] =>
    known.filter((one) => one.record.state === state).map(({ generation }) => generation);
  return {
    store,
    kind: engine.options.stores[store]?.kind ?? '',
    live: live?.generation ?? record.live?.stores[store],
    staged: numbers('staged').at(-1),
    retained: numbers('ready').filter((generation) => generation !== record.live?.stores[store]),
    discarding: numbers('discarding'),
    sequence: live?.sequence,
    outdated: isOutdated(engine, store),
    lag: live === undefined ? undefined : lagOf(engine, [live]),
    blocked: live === undefined ? undefined : blockStatus(engine.deltas.blockOf(live)),
  };
}

function blockStatus(block: Block | undefined): StoreStatus['blocked'] {
  if (block === undefined) return undefined;
  const { reason, error } = block;
  return { reason, error: error === undefined ? undefined : errorReport(error) };
}

function runProgress(engine: Engine): RunProgress | undefined {
  const { progress, options } = engine;
  const { startedAtMs } = progress;
  if (startedAtMs === undefined) return undefined;
  const { rowsDone, rowsEstimated } = progress;
  const elapsedMs = options.clock.now() - startedAtMs;
  const rowsPerSecond = elapsedMs > 0 ? (rowsDone * 1000) / elapsedMs : 0;
  const isKnown = rowsEstimated !== undefined && rowsPerSecond > 0;
  const etaMs = isKnown ? ((rowsEstimated - rowsDone) * 1000) / rowsPerSecond : undefined;
  return { startedAtMs, rowsDone, rowsEstimated, rowsPerSecond, etaMs, tasks: progress.tasks() };
}
