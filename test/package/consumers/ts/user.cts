import {
  defineTask,
  isReprocessError,
  memorySource,
  StagedReprocessor,
  type ReconOmTask,
  type ReprocessErrorCode,
} from 'staged-reprocessor';
import { levelStore } from 'staged-reprocessor/level';
import { memoryStore } from 'staged-reprocessor/memory';
import * as ozone from 'staged-reprocessor/ozone';
import * as recon from 'staged-reprocessor/recon';
import * as testing from 'staged-reprocessor/testing';

export const entries = [ozone, recon, testing, memoryStore];
export const closed: ReprocessErrorCode = 'REPROCESS_CLOSED';
export const isClosed = (error: unknown): boolean => isReprocessError(error, closed);

const words = levelStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: 'utf8' } } });

const task = defineTask<typeof words, 'words'>({
  taskName: 'Words',
  version: 1,
  store: 'words',
  sourceTables: ['texts'],
  async reprocess(_snapshot, context) {
    await context.sink('words').put('blue', 'sky');
    return undefined;
  },
});

export const named: ReconOmTask<typeof words> = task;

export async function host(): Promise<string | undefined> {
  const reprocessor = await StagedReprocessor.open({
    dataDir: './derived',
    stores: { words },
    tasks: [task],
    source: memorySource({ sequence: 1n, tables: {} }),
  });
  const found: string | undefined = await reprocessor.read((lease) =>
    lease.store('words').table('words').get('blue'),
  );
  // @ts-expect-error the key of this table is text
  await reprocessor.read((lease) => lease.store('words').table('words').get(1));
  await reprocessor.close();
  return found;
}
