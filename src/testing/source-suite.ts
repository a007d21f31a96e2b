import { sourceAbortTests } from './source/abort-tests.ts';
import { sourceLifeTests } from './source/life-tests.ts';
import { sourceScanTests } from './source/scan-tests.ts';
import type { SourceSuiteOptions } from './source/subject.ts';
import type { SuiteRunner } from './suite-runner.ts';

/**
 * Registers the tests that every `Source` must pass, on rows that the subject declares. Each test makes a subject of
 * its own by `options.create()` and closes the snapshots that it opened.
 *
 * @public
 */
export function sourceSuite(runner: SuiteRunner, options: SourceSuiteOptions): void {
  runner.describe(`${options.name}: the source suite`, () => {
    runner.describe('scan and get', () => {
      sourceScanTests(runner, options);
    });
    runner.describe('abort and errors', () => {
      sourceAbortTests(runner, options);
    });
    runner.describe('life of a snapshot', () => {
      sourceLifeTests(runner, options);
    });
  });
}
