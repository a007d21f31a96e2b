import type { SuiteRunner } from '../../src/testing/index.ts';

export interface SuiteResult {
  readonly passed: readonly string[];
  readonly failed: ReadonlyMap<string, unknown>;
}

/** Runs a suite, or those of its tests that `wanted` is true of, here and now, and tells which of them fail. */
export async function runSuite(
  register: (runner: SuiteRunner) => void,
  wanted: (name: string) => boolean = () => true,
): Promise<SuiteResult> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  register({
    describe: (_name, body) => {
      body();
    },
    it: (name, body) => tests.push({ name, body }),
  });
  const passed: string[] = [];
  const failed = new Map<string, unknown>();
  for (const { name, body } of tests.filter((test) => wanted(test.name))) {
    await body().then(
      () => passed.push(name),
      (error: unknown) => failed.set(name, error),
    );
  }
  return { passed, failed };
}
