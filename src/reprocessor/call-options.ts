import type { ReprocessReason, Source } from '../source/source.ts';
import type { OptionRule, OptionRules } from './check-options.ts';
import { isBoolean, isSignal, isSource } from './option-values.ts';

/** @public */
export interface ReprocessOptions {
  /** Names of the tasks to rebuild; tasks that share a store with one of them are rebuilt too. All when left out. */
  readonly tasks?: readonly string[];
  /** Instead of the one given to `open`. */
  readonly source?: Source;
  readonly signal?: AbortSignal;
  /** For the report. @defaultValue 'MANUAL' */
  readonly reason?: ReprocessReason;
  /** What to do while another run is going on: reject with `REPROCESS_ALREADY_RUNNING`, or share its result. @defaultValue 'reject' */
  readonly whenRunning?: 'reject' | 'join';
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
};

export const ACQUIRE_RULES: OptionRules = {
  frozen: { requirement: 'a boolean', holds: isBoolean, optional: true },
  wait: { requirement: 'a boolean', holds: isBoolean, optional: true },
  signal: SIGNAL,
};
