import { isReprocessError } from '../errors.ts';
import type { Engine } from './engine.ts';
import { NeedPause } from './need-pause.ts';
import { neededRebuild, type NeededRebuild } from './needed-rebuild.ts';
import { retainedOfVersion } from './retained-of-version.ts';
import { rollBackTo } from './roll-back-to.ts';
import type { Runner } from './runner.ts';

/** Starts what a live directory lacks, by itself: a rebuild, or the switch to a retained generation of the wanted version. */
export class NeededRuns {
  readonly #engine: Engine;
  readonly #runner: Runner;
  readonly #pause: NeedPause;

  constructor(engine: Engine, runner: Runner) {
    this.#engine = engine;
    this.#runner = runner;
    this.#pause = new NeedPause(engine.options.clock, engine.options.retry);
  }

  start(): void {
    const needed = neededRebuild(this.#engine);
    if (needed === undefined) return;
    const { reason, tasks } = needed;
    const generation = reason === 'TASK_VERSION' ? retainedOfVersion(this.#engine) : undefined;
    if (generation !== undefined) {
      void this.#switchIn(generation, needed);
      return;
    }
    // One that is going on, or without a source, is not begun at all: nothing to pause for.
    if (this.#runner.isBusy || this.#engine.options.source === undefined) {
      this.#runner.startByItself(reason, tasks);
      return;
    }
    this.#pause.begin(nameOf(needed), () => {
      // By now something else may be needed, or nothing.
      const now = neededRebuild(this.#engine);
      if (now !== undefined) this.#runner.startByItself(now.reason, now.tasks);
    });
  }

  /** A run has ended well: what it was for should not come up again at once. */
  met(need: NeededRebuild): void {
    this.#pause.met(nameOf(need));
  }

  /** Nothing starts by itself any more. */
  stop(): void {
    this.#pause.stop();
  }

  /** A need has come up. One that comes while a run is to be tried again waits with it. */
  ask(): void {
    const { retry } = this.#runner;
    const isIdle = retry.retryAtMs === undefined && retry.openUntilMs === undefined;
    if (isIdle && this.#engine.undecided === undefined) this.start();
  }

  /** A run of other tasks, or one that was aborted, must not make the library forget what it had to rebuild. */
  resume(): void {
    // That there is no source was told when the need came up.
    if (this.#engine.options.source !== undefined) this.ask();
  }

  async #switchIn(generation: number, { reason, tasks }: NeededRebuild): Promise<void> {
    const { announcer } = this.#engine;
    try {
      await this.#runner.exclusively((signal) =>
        rollBackTo(this.#engine, generation, { signal, acceptLoss: false }),
      );
      announcer.info('A retained generation of the wanted task version was switched in', { generation });
    } catch (error) {
      if (NOT_OUR_TURN.some((code) => isReprocessError(error, code))) return;
      announcer.alert(
        'SWITCH_IN_FAILED',
        `Generation ${String(generation)}, of the wanted task version, could not be switched in: it is rebuilt`,
        error,
      );
      this.#runner.startByItself(reason, tasks);
      return;
    }
    // What came up meanwhile, and was not its turn.
    this.resume();
  }
}

function nameOf({ reason, tasks }: NeededRebuild): string {
  return [reason, ...tasks.map(({ taskName }) => taskName)].join(' ');
}

/** Closed before or meanwhile, or another run was first: what is needed is looked at again after it, or at the next open. */
const NOT_OUR_TURN = ['REPROCESS_ABORTED', 'REPROCESS_CLOSED', 'REPROCESS_ALREADY_RUNNING'] as const;
