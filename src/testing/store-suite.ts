import { adapterTests } from './store/adapter-tests.ts';
import { adoptingTests } from './store/adopting-tests.ts';
import { applyingTests } from './store/applying-tests.ts';
import { batchReadingTests } from './store/batch-reading-tests.ts';
import { closingTests } from './store/closing-tests.ts';
import { discardingTests } from './store/discarding-tests.ts';
import { rangeTests } from './store/range-tests.ts';
import { readingTests } from './store/reading-tests.ts';
import { reopeningTests } from './store/reopening-tests.ts';
import { stagingTests } from './store/staging-tests.ts';
import type { StoreSuiteOptions } from './store/subject.ts';
import { switchingTests } from './store/switching-tests.ts';
import type { SuiteRunner } from './suite-runner.ts';

/**
 * Registers the tests that every `StoreAdapter` must pass. The runner is passed in; failures are errors of
 * `node:assert` or of the adapter. Each test makes a subject of its own by `options.create()`, closes what it opened,
 * and calls `cleanup()`.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test'
 * storeSuite({ describe, it }, { name: 'my store', supports: { durable: true, adopt: false }, create })
 * ```
 *
 * @public
 */
export function storeSuite<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  const { describe } = runner;
  describe(`${options.name}: the store suite`, () => {
    describe('adapter', () => {
      adapterTests(runner, options);
    });
    describe('staging', () => {
      stagingTests(runner, options);
    });
    describe('switching', () => {
      switchingTests(runner, options);
    });
    describe('reading', () => {
      readingTests(runner, options);
    });
    describe('applying', () => {
      applyingTests(runner, options);
      batchReadingTests(runner, options);
      rangeTests(runner, options);
    });
    describe('discarding', () => {
      discardingTests(runner, options);
    });
    describe('closing', () => {
      closingTests(runner, options);
    });
    describe('reopening', () => {
      reopeningTests(runner, options);
    });
    if (options.supports.adopt) {
      describe('adopting', () => {
        adoptingTests(runner, options);
      });
    }
  });
}
