import type { ReprocessReason, Source } from '../source/source.ts';
import type { OptionRule, OptionRules } from './check-options.ts';
import type { SwitchCondition } from './deltas/catch-up.ts';
import { isBoolean, isObject, isSignal, isSource } from './option-values.ts';

/** @public */
export interface ReprocessOptions {
  /**
   * Names of the tasks to rebuild; tasks that share a store with one of them are rebuilt too. All when left out. In a
   * directory where nothing is live the stores of the other tasks stay without data: `ready` is true, a lease gives
   * `REPROCESS_NOT_READY` for them, and with a `source` given to `open` the library rebuilds them next.
   */
  readonly tasks?: readonly string[];
  /** Instead of the one given to `open`. */
  readonly source?: Source;
  readonly signal?: AbortSignal;
  /** For the report. @defaultValue 'MANUAL' */
  readonly reason?: ReprocessReason;
  /** What to do while another run is going on: reject with `REPROCESS_ALREADY_RUNNING`, or share its result. @defaultValue 'reject' */
  readonly whenRunning?: 'reject' | 'join';
  /**
   * When the switch comes, once all is verified and caught up: `immediately`; when the rebuilt data lies under so many
   * sequences behind the delta log; or `manually`, by `switchNow()`, after a look through
   * `acquire({ generation: 'staged' })`. A retry of such a run is held back too.
   *
   * @defaultValue 'immediately'
   */
  readonly switch?: SwitchCondition;
  /** Rebuilds, verifies and compares with the live data, and switches nothing: see `differences` of the report. @defaultValue false */
  readonly shadow?: boolean;
}

/** @public */
export interface RollbackOptions {
  /**
   * Whether to go back although the delta log no longer holds all changes since then: those are lost. Otherwise that is
   * `REPROCESS_LOG_TRUNCATED`.
   *
   * @defaultValue false
   */
  readonly acceptLoss?: boolean;
}

/** @public */
export interface StartEmptyOptions {
  readonly history?: string;
  /** What `position()` says until the first delta. */
  readonly cursor?: unknown;
}

const REASONS: readonly string[] = [
  'FULL_SNAPSHOT',
  'SEQUENCE_GAP',
  'TASK_FAILURE',
  'TASK_VERSION',
  'DELTA_LOG_OVERFLOW',
  'STORE_CORRUPT',
  'STORE_VOLATILE',
  'MANUAL',
] satisfies readonly ReprocessReason[];

const SIGNAL: OptionRule = { requirement: 'an AbortSignal', holds: isSignal, optional: true };

export const REPROCESS_RULES: OptionRules = {
  tasks: {
    requirement: 'a list of at least one task name',
    holds: (value) => Array.isArray(value) && value.length > 0,
    optional: true,
  },
  source: { requirement: 'a source with `openSnapshot`', holds: isSource, optional: true },
  signal: SIGNAL,
  reason: {
    requirement: `one of ${REASONS.join(', ')}`,
    holds: (value) => typeof value === 'string' && REASONS.includes(value),
    optional: true,
  },
  whenRunning: {
    requirement: "'reject' or 'join'",
    holds: (value) => value === 'reject' || value === 'join',
    optional: true,
  },
  switch: {
    requirement: "'immediately', 'manually' or an object with `lagUnder` (a bigint above 0)",
    holds: (value) => value === 'immediately' || value === 'manually' || isLagCondition(value),
    optional: true,
  },
  shadow: { requirement: 'a boolean', holds: isBoolean, optional: true },
};

function isLagCondition(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).join() !== 'lagUnder') return false;
  return 'lagUnder' in value && typeof value.lagUnder === 'bigint' && value.lagUnder > 0n;
}

export const ROLLBACK_RULES: OptionRules = {
  acceptLoss: { requirement: 'a boolean', holds: isBoolean, optional: true },
};

export const START_EMPTY_RULES: OptionRules = {
  history: { requirement: 'a string', holds: (value) => typeof value === 'string', optional: true },
  cursor: { requirement: 'anything that the delta codec keeps', holds: () => true, optional: true },
};

export const CONSUME_RULES: OptionRules = {
  durable: { requirement: 'a boolean', holds: isBoolean, optional: true },
  signal: SIGNAL,
};

export const WAIT_RULES: OptionRules = { signal: SIGNAL };

export const ACQUIRE_RULES: OptionRules = {
  frozen: { requirement: 'a boolean', holds: isBoolean, optional: true },
  wait: { requirement: 'a boolean', holds: isBoolean, optional: true },
  signal: SIGNAL,
  atLeast: { requirement: 'a bigint', holds: (value) => typeof value === 'bigint', optional: true },
  generation: {
    requirement: "'live' or 'staged'",
    holds: (value) => value === 'live' || value === 'staged',
    optional: true,
  },
};
