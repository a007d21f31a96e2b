/**
 * What a suite needs of a test runner: `node:test`, vitest, jest and mocha all have it.
 *
 * @public
 */
export interface SuiteRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}
