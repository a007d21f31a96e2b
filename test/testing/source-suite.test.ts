import { expect, test } from 'vitest';
import { sourceSuite } from '../../src/testing/index.ts';
import type { SourceSuiteSubject, SuiteRunner } from '../../src/testing/index.ts';
import { brokenSources, sourceSubject } from './broken-sources.ts';
import { runSuite } from './run-suite.ts';

function run(create: () => SourceSuiteSubject, wanted?: (name: string) => boolean) {
  const register = (runner: SuiteRunner): void => {
    sourceSuite(runner, { name: 'memory', create: async () => create() });
  };
  return runSuite(register, wanted);
}

test('a source that is right passes every test', async () => {
  const result = await run(sourceSubject);
  expect([...result.failed]).toEqual([]);
  expect(result.passed.length).toBeGreaterThan(14);
});

test.each(brokenSources)('a source that $what is rejected', async ({ change, seenBy }) => {
  const result = await run(
    () => sourceSubject(change),
    (name) => name === seenBy,
  );
  expect([...result.failed.keys()]).toEqual([seenBy]);
});

test('a source that is not frozen is rejected', async () => {
  const result = await run(() => sourceSubject(undefined, false));
  expect([...result.failed.keys()]).toContain('an open snapshot is frozen while the source changes');
});

test('each test closes its snapshots once and cleans up, whether it passes or not', async () => {
  for (const change of [undefined, ...brokenSources.slice(0, 3).map((broken) => broken.change)]) {
    let [opened, closed, created, cleaned] = [0, 0, 0, 0];
    await run(() => {
      created += 1;
      const subject = sourceSubject((snapshot) => {
        opened += 1;
        return {
          ...change?.(snapshot),
          close: async () => {
            closed += 1;
            await snapshot.close();
          },
        };
      });
      return {
        ...subject,
        cleanup: async () => {
          cleaned += 1;
        },
      };
    });
    expect(closed).toBe(opened);
    expect(cleaned).toBe(created);
  }
});
