import type { Arguments } from './arguments.ts';
import type { Terminal } from './terminal.ts';

/** An option of a command, as `--help` shows it. */
export interface OptionRule {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** Another spelling, not shown. */
  readonly sameAs?: string;
  /** Name of the value in the usage line, for `string`. */
  readonly value?: string;
  readonly required?: boolean;
  readonly describe: string;
}

export interface PositionalRule {
  readonly name: string;
  readonly describe: string;
}

export interface Invocation {
  readonly given: Arguments;
  readonly terminal: Terminal;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** One command of the command line: what it takes, and what it does. */
export interface Command {
  /** Its words, for example `recon rebuild`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** For its own `--help`, below the usage line. */
  readonly about: string;
  readonly positionals: readonly PositionalRule[];
  readonly options: Readonly<Record<string, OptionRule>>;
  /** Resolves with the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** Options that more than one command has. */
export const JSON_OPTION: OptionRule = { type: 'boolean', describe: 'print one JSON document instead' };

export const DATA_DIR_OPTION: OptionRule = {
  type: 'string',
  value: 'DIR',
  required: true,
  describe: 'the data directory',
};

/** Every command has these. */
export const SHARED_OPTIONS: Readonly<Record<string, OptionRule>> = {
  verbose: { type: 'boolean', describe: 'show the causes of a failure' },
  help: { type: 'boolean', short: 'h', describe: 'show this text' },
};
