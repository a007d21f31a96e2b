import type { Clock } from '../clock.ts';
import type { ReprocessReason } from '../source/source.ts';
import type { ReconOmTask } from '../task/task.ts';
import {
  errorReport,
  type PhaseReport,
  type ReprocessReport,
  type StoreReport,
  type TableDifference,
  type TaskReport,
  type VerificationReport,
} from './report.ts';
import type { StagedGeneration } from './stage.ts';
import { notRun } from './task-run.ts';

/** Collects what the report of a run will say, on every path. */
export class RunRecorder {
  snapshot: ReprocessReport['snapshot'];
  staged: ReadonlyMap<string, StagedGeneration> = new Map();
  stores: readonly StoreReport[] = [];
  verification: VerificationReport | undefined;
  differences: readonly TableDifference[] | undefined;
  error: unknown;
  rollbackError: unknown;
  readonly #clock: Clock;
  readonly #reason: ReprocessReason;
  readonly #tasks: readonly ReconOmTask[];
  readonly #startedAtMs: number;
  readonly #phases: PhaseReport[] = [];
  readonly #reports = new Map<string, TaskReport>();
  #generation: number | undefined;

  constructor(clock: Clock, reason: ReprocessReason, tasks: readonly ReconOmTask[]) {
    this.#clock = clock;
    this.#reason = reason;
    this.#tasks = tasks;
    this.#startedAtMs = clock.now();
  }

  /** The run's number, once it has one. */
  get generation(): number {
    if (this.#generation === undefined) throw new Error('The run has no number yet');
    return this.#generation;
  }

  set generation(generation: number) {
    this.#generation = generation;
  }

  get generationOrNone(): number | undefined {
    return this.#generation;
  }

  /** Times one phase, also when it fails. */
  async phase<T>(phase: PhaseReport['phase'], work: () => Promise<T>): Promise<T> {
    const startedAtMs = this.#clock.now();
    try {
      return await work();
    } finally {
      this.#phases.push({ phase, durationMs: this.#clock.now() - startedAtMs });
    }
  }

  addTask(report: TaskReport): void {
    this.#reports.set(report.taskName, report);
  }

  report(outcome: ReprocessReport['outcome']): ReprocessReport {
    return {
      format: 1,
      generation: this.#generation,
      reason: this.#reason,
      outcome,
      startedAtMs: this.#startedAtMs,
      durationMs: this.#clock.now() - this.#startedAtMs,
      snapshot: this.snapshot,
      phases: [...this.#phases],
      tasks: this.#tasks.map((task) => this.#reports.get(task.taskName) ?? notRun(task)),
      stores: outcome === 'switched' ? this.stores : [],
      verification: this.verification,
      differences: this.differences,
      error: this.error === undefined ? undefined : errorReport(this.error),
      rollbackError: this.rollbackError === undefined ? undefined : errorReport(this.rollbackError),
    };
  }
}
