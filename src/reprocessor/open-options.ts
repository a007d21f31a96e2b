import type { Clock } from '../clock.ts';
import type { DeltaCodec } from '../log/delta-codec.ts';
import type { Source } from '../source/source.ts';
import type { Stores } from '../store/lease.ts';
import type { ReconOmTask } from '../task/task.ts';
import type { TaskModule } from '../task/task-module.ts';
import type { FailPoint } from './fail-point.ts';
import type { Logger } from './logger.ts';

/** A task for one of the stores. @public */
export type TaskFor<S extends Stores> = {
  [N in Extract<keyof S, string>]: ReconOmTask<S[N]> & { readonly store: N };
}[Extract<keyof S, string>];

/** How the library retries runs by itself. @public */
export interface RetryOptions {
  /** Retries after a failed run, before the circuit opens; 0 for neither retries nor a circuit. @defaultValue 6 */
  readonly maxRetries?: number;
  /** Delay before the first retry; each further one doubles it. @defaultValue 2000 */
  readonly initialDelayMs?: number;
  /** @defaultValue 60000 */
  readonly maxDelayMs?: number;
  /** How long an open circuit refuses runs; then one retry is made. @defaultValue 600000 */
  readonly circuitResetMs?: number;
}

/** Takes existing data over as generation 1. @public */
export interface AdoptOptions<S extends Stores = Stores> {
  /** The sequence that the existing data has reached. */
  readonly sequence: bigint;
  readonly history?: string;
  /** Where each LevelDB directory lies; SQL tables lie in their store's own file. Paths, relative to the process. */
  readonly locations?: { readonly [N in Extract<keyof S, string>]?: string };
  /** Whether the adopted data may be discarded once no generation set needs it. @defaultValue false */
  readonly discard?: boolean;
}

/** @public */
export interface OpenOptions<S extends Stores> {
  /** The library's own directory, created when missing. May be left out when all stores are volatile. */
  readonly dataDir?: string;
  readonly stores: S;
  readonly tasks: readonly (TaskFor<S> | TaskModule)[];
  /** Used by the runs that the library starts by itself, and by `reprocess()` unless it is given another. */
  readonly source?: Source;
  /** How many earlier generation sets are kept for `rollbackTo`. @defaultValue 1 */
  readonly retainGenerations?: number;
  /** @defaultValue 'standard' */
  readonly verify?: 'standard' | 'full';
  /**
   * Share of its rows (0 to 1) that a store may lose in one run; becoming empty is always refused. Rows of private tables do not
   * count.
   *
   * @defaultValue 0.5
   */
  readonly maxShrink?: number;
  /** Quarantined records a run, over all tasks, past which it fails. @defaultValue 1000 */
  readonly maxQuarantined?: number;
  /** Time that one task may take, and a snapshot to close; 0 for no limit. @defaultValue 0 */
  readonly taskTimeoutMs?: number;
  readonly retry?: RetryOptions;
  /** From when on a lease is reported; 0 for never. @defaultValue 60000 */
  readonly leaseTimeoutMs?: number;
  /** Whether leases past `leaseTimeoutMs` are revoked. @defaultValue false */
  readonly revokeLeases?: boolean;
  /**
   * How long `close()` waits for leases before it revokes them, and an aborted run for its snapshot to close.
   *
   * @defaultValue 10000
   */
  readonly closeTimeoutMs?: number;
  /** How long `open` waits for another holder of the directory. @defaultValue 0 */
  readonly waitForLockMs?: number;
  /** Free bytes that must be left over when the staged generations are written. @defaultValue 67108864 */
  readonly diskReserveBytes?: number;
  /** Bytes of unsorted rows that a table holds in memory before it spills a sorted run. @defaultValue 2097152 */
  readonly sortBufferBytes?: number;
  /** Bytes of deltas that the log keeps for those who still need them. @defaultValue 268435456 */
  readonly maxDeltaLogBytes?: number;
  /**
   * What happens when the log is full of what live stores, or a rebuild, still need; ways back lose their claim before.
   * `backpressure`: `consume` waits. `resnapshot`: the log is dropped and all is rebuilt from a new snapshot, which needs
   * a `source`.
   *
   * @defaultValue 'backpressure'
   */
  readonly deltaLogPolicy?: 'backpressure' | 'resnapshot';
  /** How cursors and the `data` of events are kept. The default keeps what structured clone keeps. */
  readonly deltaCodec?: DeltaCodec;
  /** How long the live data may stand still before a switch; past it the switch is put off and tried again. @defaultValue 5000 */
  readonly freezeTimeoutMs?: number;
  readonly adopt?: AdoptOptions<S>;
  /** Silent unless given. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Seed of what is drawn at random (samples); printed in reports. Drawn anew for each run when left out. */
  readonly seed?: number;
  /** For tests: called at each of `FAIL_POINTS`. */
  readonly failPoint?: FailPoint;
}
