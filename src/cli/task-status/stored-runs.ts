import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlLog } from '../../control/control-log.ts';
import { DataDirectory } from '../../control/data-directory.ts';
import { LevelControlStore } from '../../control/level-control-store.ts';
import type { RunSummary } from '../../index.ts';

/**
 * The run history, from a copy of the control store: no lock is needed and no byte of the directory changes. None when the
 * copy cannot be read, for example because its holder was just writing.
 */
export async function storedRuns(directory: string): Promise<readonly RunSummary[]> {
  const copy = await mkdtemp(join(tmpdir(), 'staged-reprocessor-'));
  try {
    await cp(new DataDirectory(directory).control, copy, {
      recursive: true,
      filter: (path) => !path.endsWith('LOCK'),
    });
    const store = new LevelControlStore(copy);
    try {
      await store.open();
      const log = new ControlLog(store);
      await log.read();
      return await log.runs();
    } finally {
      await store.close();
    }
  } catch {
    return [];
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
