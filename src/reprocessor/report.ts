import { inspect } from 'node:util';
import { errorCode, isError } from '../errors.ts';
import type { ReprocessReason } from '../source/source.ts';

/** An error as plain data, with its causes. @public */
export interface ErrorReport {
  readonly name: string;
  readonly message: string;
  /** The code of this library's errors, of Node's and of the stores'; `undefined` when there is none. */
  readonly code: string | undefined;
  readonly cause: ErrorReport | undefined;
}

/** Source records that a task set aside. @public */
export interface QuarantineReport {
  readonly count: number;
  /** The first ones; `key` in hexadecimal. */
  readonly first: readonly { readonly table: string; readonly key: string; readonly reason: string }[];
}

/** Something that a task counted for the operator. @public */
export interface FindingReport {
  readonly kind: string;
  readonly count: number;
  /** The first ones; `key` in hexadecimal. */
  readonly first: readonly { readonly table: string; readonly key: string }[];
}

/** @public */
export interface TaskReport {
  readonly taskName: string;
  readonly store: string;
  readonly version: number;
  /** `not-run`: it did not start, or was ended because the run had failed or was aborted. */
  readonly outcome: 'succeeded' | 'failed' | 'not-run';
  readonly durationMs: number;
  /** Source rows that the task was shown. */
  readonly rowsRead: number;
  /** Rows that the task put; merged and replaced ones count. */
  readonly rowsWritten: number;
  readonly message: string | undefined;
  readonly quarantined: QuarantineReport;
  readonly findings: readonly FindingReport[];
  readonly error: ErrorReport | undefined;
}

/** @public */
export interface TableVerification {
  readonly store: string;
  readonly table: string;
  /** Rows that were written and must be there. */
  readonly rowsWritten: number;
  readonly rowsFound: number;
  /** Sampled rows that were read back. */
  readonly sampled: number;
  /** Order-free checksum of all rows, in hexadecimal; `undefined` unless `verify` is `full`. */
  readonly digest: string | undefined;
}

/** @public */
export interface VerificationReport {
  readonly mode: 'standard' | 'full';
  /** Seed of the sample. */
  readonly seed: number;
  readonly durationMs: number;
  readonly tables: readonly TableVerification[];
}

/** One row that differs. @public */
export interface RowDifference {
  /** `added`: only the rebuild has it; `removed`: only the live data has it. */
  readonly kind: 'added' | 'removed' | 'changed';
  /** The row as its table decodes it, as text; `undefined` where there is none. */
  readonly live: string | undefined;
  readonly staged: string | undefined;
}

/** In what one table of a shadow run differs from the live data. @public */
export interface TableDifference {
  readonly store: string;
  readonly table: string;
  /** Up to where each side had got; rows can differ because these do. */
  readonly liveSequence: bigint;
  readonly stagedSequence: bigint;
  readonly rowsLive: number;
  readonly rowsStaged: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** The first ones, in key order. */
  readonly first: readonly RowDifference[];
}

/** @public */
export interface StoreReport {
  readonly store: string;
  /** `undefined` before the first switch. */
  readonly from: number | undefined;
  readonly to: number;
  /** Rows a table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** @public */
export interface PhaseReport {
  readonly phase: 'snapshot' | 'stage' | 'process' | 'verify' | 'prepare' | 'commit';
  readonly durationMs: number;
}

/**
 * One run from start to end, as plain data. A run that ends well resolves with it; any other rejects with an error whose
 * `details.report` it is.
 *
 * @public
 */
export interface ReprocessReport {
  readonly format: 1;
  /** The number of the run and of the generations that it made; `undefined` when it failed before it got one. */
  readonly generation: number | undefined;
  readonly reason: ReprocessReason;
  /** `compared`: a shadow run, which switches nothing. */
  readonly outcome: 'switched' | 'compared' | 'failed' | 'aborted';
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly snapshot: { readonly sequence: bigint; readonly history: string | undefined } | undefined;
  readonly phases: readonly PhaseReport[];
  readonly tasks: readonly TaskReport[];
  readonly stores: readonly StoreReport[];
  readonly verification: VerificationReport | undefined;
  /** Of a shadow run: in what the rebuilt rows differ from the live ones. */
  readonly differences: readonly TableDifference[] | undefined;
  /** The first thing that went wrong. */
  readonly error: ErrorReport | undefined;
  /** What went wrong while the run was undone; never hides `error`. */
  readonly rollbackError: ErrorReport | undefined;
}

/** What was thrown and is no error: anything, also what cannot be made a text. */
function thrownText(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 1, breakLength: Infinity });
}

/** Plain data of an error; cuts causes at a depth that only a cycle reaches. */
export function errorReport(error: unknown, depth = 0): ErrorReport {
  if (!isError(error)) {
    return { name: 'Error', message: thrownText(error), code: undefined, cause: undefined };
  }
  const cause = error.cause === undefined || depth > 8 ? undefined : errorReport(error.cause, depth + 1);
  return { name: error.name, message: error.message, code: errorCode(error), cause };
}
