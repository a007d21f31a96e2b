import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { checkCodec, type DeltaCodec } from '../log/delta-codec.ts';
import { structuredCloneCodec } from '../log/structured-clone-codec.ts';
import type { Source } from '../source/source.ts';
import { expected } from '../store/expected.ts';
import type { Stores } from '../store/lease.ts';
import type { ReconOmTask } from '../task/task.ts';
import type { TaskModule } from '../task/task-module.ts';
import { checkOptions, type OptionRules } from './check-options.ts';
import type { FailPoint } from './fail-point.ts';
import type { Logger } from './logger.ts';
import type { AdoptOptions, OpenOptions, RetryOptions } from './open-options.ts';
import {
  hasMethods,
  isAdopt,
  isBoolean,
  isCount,
  isCountOrInfinity,
  isDuration,
  isObject,
  isSource,
  isStores,
  isTasks,
} from './option-values.ts';

/** The options with every default filled in. */
export interface CheckedOptions {
  readonly dataDir: string | undefined;
  readonly stores: Stores;
  readonly tasks: readonly (ReconOmTask | TaskModule)[];
  readonly source: Source | undefined;
  readonly retainGenerations: number;
  readonly verify: 'standard' | 'full';
  readonly maxShrink: number;
  readonly maxQuarantined: number;
  readonly taskTimeoutMs: number;
  readonly retry: Required<RetryOptions>;
  readonly leaseTimeoutMs: number;
  readonly revokeLeases: boolean;
  readonly closeTimeoutMs: number;
  readonly waitForLockMs: number;
  readonly diskReserveBytes: number;
  readonly sortBufferBytes: number;
  readonly maxDeltaLogBytes: number;
  readonly deltaLogPolicy: 'backpressure' | 'resnapshot';
  readonly deltaCodec: DeltaCodec;
  readonly freezeTimeoutMs: number;
  readonly adopt: AdoptOptions | undefined;
  readonly logger: Logger | undefined;
  readonly clock: Clock;
  readonly seed: number | undefined;
  readonly failPoint: FailPoint | undefined;
}

const DEFAULTS = Object.freeze({
  retainGenerations: 1,
  verify: 'standard',
  maxShrink: 0.5,
  maxQuarantined: 1000,
  taskTimeoutMs: 0,
  leaseTimeoutMs: 60_000,
  revokeLeases: false,
  closeTimeoutMs: 10_000,
  waitForLockMs: 0,
  diskReserveBytes: 64 << 20,
  sortBufferBytes: 2 << 20,
  maxDeltaLogBytes: 256 << 20,
  deltaLogPolicy: 'backpressure',
  freezeTimeoutMs: 5000,
} as const);

const RETRY_DEFAULTS = Object.freeze({
  maxRetries: 6,
  initialDelayMs: 2000,
  maxDelayMs: 60_000,
  circuitResetMs: 600_000,
});

const RULES: OptionRules = {
  dataDir: {
    requirement: 'a path',
    holds: (value) => typeof value === 'string' && value !== '',
    optional: true,
  },
  stores: { requirement: 'an object with at least one store', holds: isStores },
  tasks: { requirement: 'a list of tasks', holds: isTasks },
  source: { requirement: 'a source with `openSnapshot`', holds: isSource, optional: true },
  retainGenerations: { requirement: 'an integer of at least 0', holds: isCount, optional: true },
  verify: {
    requirement: "'standard' or 'full'",
    holds: (value) => value === 'standard' || value === 'full',
    optional: true,
  },
  maxShrink: {
    requirement: 'a number from 0 to 1',
    holds: (value) => typeof value === 'number' && value >= 0 && value <= 1,
    optional: true,
  },
  maxQuarantined: {
    requirement: 'an integer of at least 0, or Infinity',
    holds: isCountOrInfinity,
    optional: true,
  },
  taskTimeoutMs: { requirement: 'milliseconds, or 0', holds: isDuration, optional: true },
  retry: { requirement: 'an object', holds: isObject, optional: true },
  leaseTimeoutMs: { requirement: 'milliseconds, or 0', holds: isDuration, optional: true },
  revokeLeases: { requirement: 'a boolean', holds: isBoolean, optional: true },
  closeTimeoutMs: { requirement: 'milliseconds', holds: isDuration, optional: true },
  waitForLockMs: { requirement: 'milliseconds', holds: isDuration, optional: true },
  diskReserveBytes: { requirement: 'an integer of at least 0', holds: isCount, optional: true },
  sortBufferBytes: {
    requirement: 'an integer of at least 1024',
    holds: (value) => isCount(value) && Number(value) >= 1024,
    optional: true,
  },
  maxDeltaLogBytes: {
    requirement: 'an integer of at least 65536',
    holds: (value) => isCount(value) && Number(value) >= 65_536,
    optional: true,
  },
  deltaLogPolicy: {
    requirement: "'backpressure' or 'resnapshot'",
    holds: (value) => value === 'backpressure' || value === 'resnapshot',
    optional: true,
  },
  deltaCodec: {
    requirement: 'a codec with a name, encode and decode',
    holds: (value) => hasMethods(value, ['encode', 'decode']),
    optional: true,
  },
  freezeTimeoutMs: { requirement: 'milliseconds', holds: isDuration, optional: true },
  adopt: { requirement: 'an object with a `sequence` (bigint)', holds: isAdopt, optional: true },
  logger: {
    requirement: 'an object with debug, info, warn and error',
    holds: (value) => hasMethods(value, ['debug', 'info', 'warn', 'error']),
    optional: true,
  },
  clock: {
    requirement: 'an object with now and setTimer',
    holds: (value) => hasMethods(value, ['now', 'setTimer']),
    optional: true,
  },
  seed: { requirement: 'an integer', holds: (value) => Number.isSafeInteger(value), optional: true },
  failPoint: { requirement: 'a function', holds: (value) => typeof value === 'function', optional: true },
};

const RETRY_RULES: OptionRules = {
  maxRetries: { requirement: 'an integer of at least 0', holds: isCount, optional: true },
  initialDelayMs: { requirement: 'milliseconds', holds: isDuration, optional: true },
  maxDelayMs: { requirement: 'milliseconds', holds: isDuration, optional: true },
  circuitResetMs: { requirement: 'milliseconds', holds: isDuration, optional: true },
};

const ADOPT_RULES: OptionRules = {
  sequence: { requirement: 'a bigint', holds: (value) => typeof value === 'bigint' },
  history: { requirement: 'a string', holds: (value) => typeof value === 'string', optional: true },
  locations: { requirement: 'an object of paths by store', holds: isObject, optional: true },
  discard: { requirement: 'a boolean', holds: isBoolean, optional: true },
};

/** Checks everything once. Throws `TypeError` on a wrong value or an unknown key. */
export function checkOpenOptions<S extends Stores>(options: OpenOptions<S>): CheckedOptions {
  checkOptions('options', options, RULES);
  if (options.retry !== undefined) checkOptions('retry', options.retry, RETRY_RULES);
  if (options.adopt !== undefined) checkOptions('adopt', options.adopt, ADOPT_RULES);
  const { dataDir, stores } = options;
  const durable = Object.entries(stores).find(([, adapter]) => adapter.supports.durable);
  if (dataDir === undefined && durable !== undefined) {
    throw expected('dataDir', `given, since store '${durable[0]}' is durable`, dataDir);
  }
  for (const name of Object.keys(stores)) {
    // Stores are looked up by name in plain records, where `constructor` and the like mean something else.
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) || name in Object.prototype) {
      throw expected(
        'stores',
        'named in letters, digits, `_` and `-`, at most 64, and like no property of objects',
        name,
      );
    }
  }
  if (options.deltaLogPolicy === 'resnapshot' && options.source === undefined) {
    throw expected(
      'deltaLogPolicy',
      "'backpressure', since there is no `source` for a new snapshot",
      'resnapshot',
    );
  }
  if (options.deltaCodec !== undefined) checkCodec(options.deltaCodec, 'deltaCodec');
  return {
    ...DEFAULTS,
    ...defined(options),
    dataDir,
    stores,
    tasks: options.tasks,
    source: options.source,
    retry: { ...RETRY_DEFAULTS, ...defined(options.retry ?? {}) },
    deltaCodec: options.deltaCodec ?? structuredCloneCodec,
    adopt: options.adopt,
    logger: options.logger,
    clock: options.clock ?? systemClock,
    seed: options.seed,
    failPoint: options.failPoint,
  };
}

/** Without the keys whose value is `undefined`, which would hide the defaults. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
