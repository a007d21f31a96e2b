import { randomUUID } from 'node:crypto';
import { rm, rmdir } from 'node:fs/promises';
import { ControlLog } from '../control/control-log.ts';
import {
  newControlRecord,
  type ControlRecord,
  type SetRecord,
  type TaskIdentity,
} from '../control/control-record.ts';
import type { ControlStore } from '../control/control-store.ts';
import { DataDirectory } from '../control/data-directory.ts';
import { MemoryControlStore } from '../control/memory-control-store.ts';
import { openControlStore } from '../control/open-control.ts';
import { OwnerFile } from '../control/owner-file.ts';
import { withRetained } from '../control/record-changes.ts';
import { recover } from '../control/recover.ts';
import { StatusFile } from '../control/status-file.ts';
import { withoutVolatile } from '../control/volatile-stores.ts';
import { watchedControlStore } from '../control/watched-control-store.ts';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import { DeltaLog } from '../log/delta-log.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import type { StagedStore } from '../store/store.ts';
import type { ReconOmTask } from '../task/task.ts';
import { isUnfinishedAdoption, withAdoption } from './adoption.ts';
import { Announcer } from './announcer.ts';
import { checkRecord } from './check-record.ts';
import { countAdopted } from './count-adopted.ts';
import { DeltaDesk } from './deltas/delta-desk.ts';
import { settleHistories } from './deltas/histories.ts';
import type { Engine } from './engine.ts';
import { LivePointer } from './live-pointer.ts';
import { loadTasks } from './load-tasks.ts';
import { Phase } from './machine.ts';
import { openStores } from './open-stores.ts';
import { openShared } from './open-shared.ts';
import { sweep } from './retire.ts';
import type { CheckedOptions } from './options.ts';
import { Progress } from './progress.ts';
import { taskIdentity } from './stage.ts';
import { SwitchGate } from './switch-gate.ts';
import { statusOf, type StatusExtras } from './status.ts';

export type TaskIdentities = (store: string) => Readonly<Record<string, TaskIdentity>>;

/** An engine with what only the owner needs. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** Told at every change of the record and of the state. */
  onChange: () => Promise<void>;
  readonly statusFile: StatusFile | undefined;
  /** Closes the stores and the control store, in this order. */
  close(): Promise<void>;
}

/**
 * Opens the directory: lock, record, stores, comparison of the two, recovery, live generations. Rejects, with everything
 * closed again, when the directory cannot be trusted.
 */
export async function openEngine(options: CheckedOptions): Promise<OpenedEngine> {
  const tasks = await loadTasks(options);
  const home = options.dataDir === undefined ? undefined : new DataDirectory(options.dataDir);
  const controlStore = await openControl(options, home);
  const stores = new Map<string, StagedStore>();
  const owner = home === undefined ? undefined : new OwnerFile(home.owner);
  let isTrusted = false;
  let log: DeltaLog | undefined;
  const close = async (): Promise<void> => {
    const closed = await Promise.allSettled(
      [...stores.values(), ...(log === undefined ? [] : [log])].map((one) => one.close()),
    );
    try {
      if (home !== undefined) await clearScratch(home, isTrusted);
      await owner?.remove();
    } finally {
      await controlStore.close();
    }
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  };
  try {
    const onTrusted = (): void => {
      isTrusted = true;
    };
    const onLog = (opened: DeltaLog): void => {
      log = opened;
    };
    return await openWith({ options, tasks, home, controlStore, stores, onTrusted, onLog, close });
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** What lies in a directory that is not proved to be the library's stays; stores may have left the folder, empty. */
async function clearScratch(home: DataDirectory, isTrusted: boolean): Promise<void> {
  if (isTrusted) await rm(home.scratch, { recursive: true, force: true });
  else await rmdir(home.scratch).catch(() => undefined);
}

interface Parts {
  readonly options: CheckedOptions;
  readonly tasks: readonly ReconOmTask[];
  readonly home: DataDirectory | undefined;
  readonly controlStore: ControlStore;
  readonly stores: Map<string, StagedStore>;
  /** Told once the record and the stores have proved that the directory is the library's. */
  readonly onTrusted: () => void;
  /** Told the delta log, so that it is closed when opening goes on to fail. */
  readonly onLog: (log: DeltaLog) => void;
  readonly close: () => Promise<void>;
}

async function openWith(parts: Parts): Promise<OpenedEngine> {
  const { options, tasks, home, controlStore, stores, onTrusted, onLog, close } = parts;
  const announcer = new Announcer(options.clock, options.logger);
  const statusFile = home === undefined ? undefined : new StatusFile(home.status);
  const opened: { onChange: () => Promise<void> } = { onChange: async () => undefined };
  const failPoint = async (name: string): Promise<void> => {
    await options.failPoint?.(name);
  };
  const control = new ControlLog(watchedControlStore(controlStore, failPoint), async () => {
    // Awaited: `status.json` is the witness of each write before anything is done that relies on it.
    await opened.onChange();
  });
  const read = await control.read();
  const known = read === undefined ? undefined : withoutVolatile(read);
  const adopts = known === undefined || (isUnfinishedAdoption(known) && options.adopt !== undefined);
  const record = adopts ? freshRecord(known, options, tasks) : known;
  await openStores(options, home, adopts ? undefined : known, record.homeId, stores, announcer);
  await checkRecord({ options, known, record, stores, witness: await statusFile?.witness() });
  onTrusted();
  // What a dead process had spilled; only now is it sure that the directory is the library's.
  if (home !== undefined) await rm(home.scratch, { recursive: true, force: true });
  const log = await DeltaLog.open({ path: home?.log, codec: options.deltaCodec, failPoint });
  onLog(log);
  const engine: Engine = {
    options,
    home,
    control,
    stores,
    tasks,
    announcer,
    phase: new Phase((to, from) => {
      announcer.emit('phase', { from, to });
      void opened.onChange();
    }),
    live: new LivePointer(),
    progress: new Progress(options.clock, () => void opened.onChange()),
    changed: () => void opened.onChange(),
    failPoint,
    gate: new SwitchGate(),
    get deltas() {
      return deltas;
    },
    undecided: undefined,
    retiring: new Set(),
    sweeping: Promise.resolve(),
  };
  const deltas = new DeltaDesk(engine, log);
  opened.onChange = async () => {
    await statusFile?.write(() => statusOf(engine, NOT_SERVING));
  };
  await control.create(record);
  await recoverEngine(engine);
  await openLiveSet(engine);
  await countAdopted(engine);
  await settleHistories(engine);
  return Object.assign(opened, { engine, statusFile, close });
}

/** What a status can tell while the directory is still being opened. */
const NOT_SERVING: StatusExtras = Object.freeze({
  closed: false,
  leases: 0,
  failures: 0,
  circuitOpenUntilMs: undefined,
  retryAtMs: undefined,
  lastReport: undefined,
  lastError: undefined,
  intake: { accepted: 0, ignored: 0, isWaiting: false },
});

async function openControl(options: CheckedOptions, home: DataDirectory | undefined): Promise<ControlStore> {
  if (home === undefined) return new MemoryControlStore();
  return openControlStore(home, options.clock, options.waitForLockMs);
}

/** The record of a directory that has none, or whose adoption never ended and is begun anew, with other locations perhaps. */
function freshRecord(
  known: ControlRecord | undefined,
  options: CheckedOptions,
  tasks: readonly ReconOmTask[],
): ControlRecord {
  const identities: TaskIdentities = (store) =>
    Object.fromEntries(
      tasks.filter((task) => task.store === store).map((task) => [task.taskName, taskIdentity(task)]),
    );
  const fresh = newControlRecord(known?.homeId ?? randomUUID());
  return withAdoption({ ...fresh, revision: known?.revision ?? 0 }, options, identities);
}

async function recoverEngine(engine: Engine): Promise<void> {
  const { control, stores, failPoint, options } = engine;
  const { retainGenerations } = options;
  try {
    await recover({ control, stores, failPoint, retainGenerations });
    if (control.record.retained.length > retainGenerations) {
      await control.update((record) => withRetained(record, retainGenerations));
    }
    // What cannot be deleted now is deleted later: it keeps nobody from reading.
    await sweep(engine);
    await failPoint('recover:end');
  } catch (error) {
    if (control.record.switching === null) throw error;
    engine.undecided = new StagedReprocessError(
      'REPROCESS_UNDECIDED',
      'An unfinished switch could not be ended. The old data is served; reopening tries again',
      { cause: error },
    );
    engine.phase.send('RECOVERY_FAILED');
    engine.announcer.alert('REPROCESS_UNDECIDED', engine.undecided.message, error);
  }
}

async function openLiveSet(engine: Engine): Promise<void> {
  const { record } = engine.control;
  const set: SetRecord | null = record.switching === null ? record.live : record.switching.from;
  if (set === null) return;
  const shared = new Map<string, SharedGeneration>();
  let corrupt: StagedReprocessError | undefined;
  for (const [store, generation] of Object.entries(set.stores)) {
    try {
      shared.set(store, await openShared(engine, store, generation));
    } catch (error) {
      if (!isReplaceable(engine, store, error)) throw error;
      corrupt ??= error;
      engine.announcer.alert('STORE_CORRUPT', `Store '${store}' cannot be read until it is rebuilt`, error);
    }
  }
  if (shared.size === 0 && corrupt !== undefined) throw corrupt;
  if (shared.size > 0) engine.live.flip(set.generation, shared);
}

/** A damaged store is rebuilt beside the others, if there are others to serve meanwhile and a source to do it from. */
function isReplaceable(engine: Engine, store: string, error: unknown): error is StagedReprocessError {
  const { options, control, tasks } = engine;
  if (!isReprocessError(error, 'REPROCESS_STORE_CORRUPT') || options.source === undefined) return false;
  const others = Object.keys(control.record.live?.stores ?? {}).filter((name) => name !== store);
  return others.length > 0 && tasks.some((task) => task.store === store);
}
