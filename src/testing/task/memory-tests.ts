import type { SuiteRunner } from '../suite-runner.ts';
import { throughHistories } from './law-test.ts';
import type { Generation, LawTrial } from './law-trial.ts';
import type { TaskSubject } from './suite-options.ts';

/** What a task keeps in memory must show in no row, whatever generation it works on and however long it has lived. */
export function memoryTests({ it }: SuiteRunner, subject: TaskSubject): void {
  it('restarts, rebuilds beside the live data, switches and ways back leave no trace', () =>
    throughHistories(subject, { body: (trial) => new Life(trial).live() }));
}

/** One task in the life of a host. */
class Life {
  readonly #trial: LawTrial;
  #live: Generation;
  #retained: Generation | undefined;

  constructor(trial: LawTrial) {
    this.#trial = trial;
    this.#live = { derived: new Map(), at: 0 };
  }

  async live(): Promise<void> {
    const trial = this.#trial;
    const { history } = trial;
    trial.say(`a rebuild at sequence ${this.#sequence()}`);
    await trial.open();
    this.#live = await trial.rebuild(0);
    await trial.initAll();
    for (const cut of history.cuts(0)) {
      await this.#happen(cut);
      trial.say(`all deltas through ${this.#sequence()} applied`);
      await trial.check(this.#live);
    }
  }

  /** Whatever happens, the live data then has the operations up to number `to`. */
  async #happen(to: number): Promise<void> {
    const trial = this.#trial;
    switch (trial.history.random.below(8)) {
      case 0:
        trial.say('the process started anew');
        await trial.open();
        return trial.apply(this.#live, to);
      case 1:
        trial.say('a rebuild that is not switched in');
        await trial.rebuild(this.#live.at);
        return trial.apply(this.#live, to);
      case 2:
        return this.#switch(to, 'after');
      case 3:
        return this.#switch(to, 'meanwhile');
      case 4:
        return this.#goBack(to);
      default:
        return trial.apply(this.#live, to);
    }
  }

  /** A rebuild during which, or after which, the live data goes on; then what was missed, and the switch. */
  async #switch(to: number, when: 'after' | 'meanwhile'): Promise<void> {
    const trial = this.#trial;
    trial.say(`a rebuild at sequence ${this.#sequence()}, and a delta applied to the live data ${when}`);
    const rebuilding = trial.rebuild(this.#live.at);
    // The same delta for both generations, one after the other or side by side, as a catch-up goes.
    const applying = when === 'meanwhile' ? trial.apply(this.#live, to) : undefined;
    const [staged] = await Promise.all([rebuilding, applying]);
    const catchingUp = trial.apply(staged, to);
    await Promise.all([catchingUp, applying ?? trial.apply(this.#live, to)]);
    await trial.check(this.#live);
    trial.say('the same delta applied to the rebuilt data, and the switch to it');
    this.#retained = this.#live;
    this.#live = staged;
    await trial.initAll();
  }

  /** The retained generation is caught up and made live again. */
  async #goBack(to: number): Promise<void> {
    const trial = this.#trial;
    await trial.apply(this.#live, to);
    if (this.#retained === undefined) return;
    trial.say('the retained generation caught up and switched back to');
    if (this.#retained.at < to) await trial.apply(this.#retained, to);
    [this.#live, this.#retained] = [this.#retained, this.#live];
    await trial.initAll();
  }

  #sequence(): string {
    return String(this.#trial.history.sequenceAt(this.#live.at));
  }
}
