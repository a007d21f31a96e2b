import type { Logger } from '../index.ts';

const nothing = (): void => undefined;

/** With a logger, alerts are no process warnings: for commands that only read, and say themselves what fails. */
export const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
