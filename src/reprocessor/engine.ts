import type { ControlLog } from '../control/control-log.ts';
import type { DataDirectory } from '../control/data-directory.ts';
import type { StagedReprocessError } from '../errors.ts';
import type { StagedStore } from '../store/store.ts';
import type { ReconOmTask } from '../task/task.ts';
import type { Announcer } from './announcer.ts';
import type { DeltaDesk } from './deltas/delta-desk.ts';
import type { LivePointer } from './live-pointer.ts';
import type { Phase } from './machine.ts';
import type { CheckedOptions } from './options.ts';
import type { Progress } from './progress.ts';
import type { SwitchGate } from './switch-gate.ts';

/** What the steps of a run share. Made by `open`, owned by one `StagedReprocessor`. */
export interface Engine {
  readonly options: CheckedOptions;
  /** `undefined` when all stores are volatile. */
  readonly home: DataDirectory | undefined;
  readonly control: ControlLog;
  readonly stores: ReadonlyMap<string, StagedStore>;
  readonly tasks: readonly ReconOmTask[];
  readonly announcer: Announcer;
  readonly phase: Phase;
  readonly live: LivePointer;
  readonly progress: Progress;
  readonly deltas: DeltaDesk;
  readonly gate: SwitchGate;
  /** Has `status.json` written anew: for changes that neither the record nor the state tells. */
  readonly changed: () => void;
  readonly failPoint: (name: string) => Promise<void>;
  /** Set once a decision could not be written or read back: no run starts until the directory is reopened. */
  undecided: StagedReprocessError | undefined;
  /** Sets that wait for their last leases behind the runs. */
  readonly retiring: Set<Promise<void>>;
  /** The discards, one after another. */
  sweeping: Promise<void>;
}

export function storeOf(engine: Engine, name: string): StagedStore {
  const store = engine.stores.get(name);
  if (store === undefined) throw new Error(`Store '${name}' is not open`);
  return store;
}

export function isDurable(engine: Engine, store: string): boolean {
  return engine.options.stores[store]?.supports.durable === true;
}

export function tasksOf(engine: Engine, store: string): readonly ReconOmTask[] {
  return engine.tasks.filter((task) => task.store === store);
}
