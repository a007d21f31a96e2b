import { expect, test } from 'vitest';
import { storeSuite } from '../../src/testing/index.ts';
import type { StoreSuiteSubject, SuiteRunner } from '../../src/testing/index.ts';
import { brokenAdapters } from './broken-adapters.ts';
import { brokenApplied } from './broken-applied.ts';
import { brokenBatches } from './broken-batches.ts';
import { brokenRanges } from './broken-ranges.ts';
import { brokenReaders } from './broken-readers.ts';
import type { BrokenStore } from './broken-store.ts';
import { brokenSwitches } from './broken-switches.ts';
import { brokenWriters } from './broken-writers.ts';
import { memorySubject } from './memory-subject.ts';
import type { MemoryReader } from './memory-subject.ts';
import { runSuite } from './run-suite.ts';

const volatile = { durable: false, adopt: false };

function run(create: () => StoreSuiteSubject<MemoryReader>, wanted?: (name: string) => boolean) {
  const register = (runner: SuiteRunner): void => {
    storeSuite(runner, { name: 'memory', supports: volatile, create: async () => create() });
  };
  return runSuite(register, wanted);
}

test('an adapter that is right passes every test', async () => {
  const result = await run(memorySubject);
  expect([...result.failed]).toEqual([]);
  expect(result.passed.length).toBeGreaterThan(70);
});

const broken: readonly BrokenStore[] = [
  ...brokenWriters,
  ...brokenSwitches,
  ...brokenReaders,
  ...brokenBatches,
  ...brokenApplied,
  ...brokenRanges,
  ...brokenAdapters,
];

test.each(broken)('an adapter that $what is rejected', async ({ change, seenBy }) => {
  const result = await run(
    () => memorySubject(change),
    (name) => name === seenBy,
  );
  expect([...result.failed.keys()]).toEqual([seenBy]);
});

test('what a discard leaves behind is told by the subject, and fails', async () => {
  const asked: (readonly number[])[] = [];
  const result = await run(() => ({
    ...memorySubject(),
    leftovers: async (kept) => {
      asked.push(kept);
      return ['a file'];
    },
  }));
  expect(asked).toContainEqual([]);
  expect(asked).toContainEqual([7, 8]);
  expect([...result.failed.keys()]).toContain('a long life leaves nothing behind');
});

test('an inspection that changes a byte fails', async () => {
  let bytes = 0;
  const result = await run(() => ({ ...memorySubject(), fingerprint: async () => String(bytes++) }));
  expect([...result.failed.keys()]).toEqual(['inspect changes nothing, whatever state the store is in']);
});

test('every subject is cleaned up once, whether its test passes or not', async () => {
  let created = 0;
  let cleaned = 0;
  const counted = (subject: StoreSuiteSubject<MemoryReader>): StoreSuiteSubject<MemoryReader> => {
    created += 1;
    return {
      ...subject,
      cleanup: async () => {
        cleaned += 1;
      },
    };
  };
  await run(() => counted(memorySubject()));
  for (const { change } of brokenSwitches.slice(0, 3)) await run(() => counted(memorySubject(change)));
  expect(cleaned).toBe(created);
});
