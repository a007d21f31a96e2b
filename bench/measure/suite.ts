import type { MachineFacts } from './facts.ts';

export interface SuiteOptions {
  readonly rounds: number;
  /** About how long one measurement of one round takes. */
  readonly sliceMs: number;
  readonly seed: number;
  /** An empty folder for everything that is written; whoever made it removes it. */
  readonly directory: string;
  /** Tells a person what is going on. */
  readonly tell: (line: string) => void;
}

/** A ratio that says whether the library got better or worse, whatever the machine; above 1 is better for the library. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
}

export interface SuiteResult {
  /** Plain JSON; its shape is the suite's own. */
  readonly measurements: readonly object[];
  readonly ratios: readonly Ratio[];
  /** For a person: Markdown. */
  readonly text: string;
}

/** One subject of the benchmark. */
export type Suite = (options: SuiteOptions) => Promise<SuiteResult>;

/** What is written to `bench/results`. */
export interface ResultFile extends Omit<SuiteResult, 'text'> {
  readonly format: 1;
  readonly suite: string;
  readonly startedAt: string;
  readonly options: Pick<SuiteOptions, 'rounds' | 'sliceMs' | 'seed'>;
  readonly facts: MachineFacts;
}
