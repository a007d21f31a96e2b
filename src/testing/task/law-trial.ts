import type { SourceSnapshot } from '../../source/source.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { ApplyTrial, applyRows } from './apply-rows.ts';
import { differingRows } from './compare-rows.ts';
import type { History } from './history.ts';
import { rebuildRows, type Derived } from './rebuild-rows.ts';
import type { TaskSubject } from './suite-options.ts';

/** Rows of the stores, and how many operations of the history are in them. */
export interface Generation {
  readonly derived: Derived;
  at: number;
}

/** Incremental rows that are not what a rebuild makes. */
export class WrongRows extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super('The rows are not those of a rebuild');
    this.lines = lines;
  }
}

/** The tasks in one made-up life: they rebuild, apply deltas and are started anew, and their rows are held against a rebuild. */
export class LawTrial {
  readonly history: History;
  /** What was done, one line each. */
  readonly steps: string[] = [];
  /** The operations of the last delta. */
  last: { readonly from: number; readonly to: number } | undefined;
  tasks: readonly ReconOmTask[] = [];
  readonly #subject: TaskSubject;
  readonly #snapshotAt: (count: number) => SourceSnapshot;
  readonly #late: Error[] = [];

  constructor(subject: TaskSubject, history: History) {
    this.#subject = subject;
    this.history = history;
    this.#snapshotAt = history.walk();
  }

  say(step: string): void {
    this.steps.push(step);
  }

  /** A process starts: what tasks had in memory is gone. */
  async open(): Promise<void> {
    this.tasks = await started(this.#subject);
  }

  /** As after every switch. */
  async initAll(): Promise<void> {
    for (const task of this.tasks) await task.init?.();
  }

  /** By the tasks of this life. */
  async rebuild(at: number): Promise<Generation> {
    return { derived: await rebuildRows(this.#subject.stores, this.tasks, this.history.snapshotAt(at)), at };
  }

  /** Applies the operations up to number `to` in one delta; the context's call of number `failCall` fails. */
  async apply(generation: Generation, to: number, failCall?: number): Promise<void> {
    const { commit } = await this.attempt(generation, to, failCall);
    commit();
  }

  /** The same, but it only goes into the rows when `commit` is called. */
  async attempt(
    generation: Generation,
    to: number,
    failCall?: number,
  ): Promise<{ readonly commit: () => void; readonly calls: number }> {
    this.last = { from: generation.at, to };
    const delta = this.history.delta(generation.at, to);
    const trial = new ApplyTrial((error) => this.#late.push(error), failCall);
    const commit = await applyRows(generation.derived, this.tasks, delta, trial);
    return {
      calls: trial.calls,
      commit: () => {
        commit();
        generation.at = to;
      },
    };
  }

  /** Throws unless the rows are those of a rebuild by tasks that have seen nothing else. */
  async check(generation: Generation): Promise<void> {
    this.compare(generation, await this.rebuilt(generation.at));
  }

  /** What tasks that have seen nothing else make of the source after so many operations, never fewer than before. */
  async rebuilt(at: number): Promise<Derived> {
    return rebuildRows(this.#subject.stores, await started(this.#subject), this.#snapshotAt(at));
  }

  compare({ derived }: Generation, rebuilt: Derived): void {
    const lines = differingRows(derived, rebuilt);
    if (lines.length > 0) throw new WrongRows(lines);
  }

  /** Throws if a task went on after its promise had settled. */
  async checkEnded(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    const [late] = this.#late;
    if (late !== undefined) throw late;
  }
}

async function started({ tasks }: TaskSubject): Promise<readonly ReconOmTask[]> {
  const made = tasks();
  for (const task of made) await task.init?.();
  return made;
}
