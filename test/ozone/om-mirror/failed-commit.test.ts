import { Level } from 'level';
import { afterEach, expect, it, vi } from 'vitest';
import { writeBatch } from '../write-batch/batch-writing.ts';
import { bytes, MirrorBench } from './mirror-bench.ts';

interface Batch {
  _write: () => Promise<void>;
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** The next write of any LevelDB fails with what the system says. */
function failOnce(message: string): void {
  const prototype = Level.prototype as unknown as { _chainedBatch: () => Batch };
  const { _chainedBatch: original } = prototype;
  vi.spyOn(prototype, '_chainedBatch').mockImplementationOnce(function (this: unknown) {
    const batch = original.call(this as never);
    batch._write = () => Promise.reject(new Error(message));
    return batch;
  });
}

it.each([
  ['IO error: 000003.log: No space left on device', 'REPROCESS_DISK_SPACE'],
  ['IO error: 000003.log: Permission denied', 'REPROCESS_SOURCE_FAILED'],
])('%s: the commit can be tried again, in a log of its own', async (message, code) => {
  await using bench = await MirrorBench.live();
  const { copy } = bench;
  const update = await copy.prepare([writeBatch(143, [{ put: 'a', value: '1', family: 3 }])]);
  const before = await copy.openSnapshot();
  failOnce(message);
  await expect(update.commit()).rejects.toMatchObject({ code });
  expect(copy.sequence).toBe(142n);
  expect(await before.get('keyTable', bytes('a'))).toBeUndefined();
  await update.commit();
  // LevelDB was opened anew: half a record in its log would have hidden what comes behind it.
  await expect(before.get('keyTable', bytes('a'))).rejects.toMatchObject({ code: 'REPROCESS_HANDLE_CLOSED' });
  await before.close();
  expect(copy.sequence).toBe(143n);
  await bench.open();
  expect(bench.copy.sequence).toBe(143n);
  const after = await bench.copy.openSnapshot();
  expect(await after.get('keyTable', bytes('a'))).toEqual(bytes('1'));
  await after.close();
});
