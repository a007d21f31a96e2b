import type { FailPoint } from '../../../src/index.ts';
import { gate, type Gate } from '../rows-host.ts';

/** Lets a test step in at the named points of a run. */
export interface Stops {
  readonly failPoint: FailPoint;
  /** Does `work` whenever the point is reached; what it throws fails the step. */
  at(name: string, work: () => Promise<void> | void): void;
  /** Holds the next run that reaches the point until `pass.open()`. */
  hold(name: string): { readonly reached: Promise<void>; readonly pass: Gate };
  clear(): void;
}

export function stops(): Stops {
  const works = new Map<string, () => Promise<void> | void>();
  return {
    failPoint: (name) => works.get(name)?.(),
    at: (name, work) => {
      works.set(name, work);
    },
    hold: (name) => {
      const reached = gate();
      const pass = gate();
      works.set(name, () => {
        works.delete(name);
        reached.open();
        return pass.opened;
      });
      return { reached: reached.opened, pass };
    },
    clear: () => {
      works.clear();
    },
  };
}
