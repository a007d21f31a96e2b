import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isReprocessError, memorySource, StagedReprocessor, taskModule } from 'staged-reprocessor';
import { sqliteStore } from 'staged-reprocessor/kysely';
import { levelStore } from 'staged-reprocessor/level';
import { memoryStore } from 'staged-reprocessor/memory';
import * as ozone from 'staged-reprocessor/ozone';
import * as recon from 'staged-reprocessor/recon';
import * as testing from 'staged-reprocessor/testing';

for (const entry of [ozone, recon, testing, { sqliteStore, memoryStore }]) {
  assert.ok(
    Object.values(entry).every((exported) => exported !== undefined) && Object.keys(entry).length > 0,
  );
}

const dataDir = mkdtempSync(join(tmpdir(), 'sr-'));
try {
  const reprocessor = await StagedReprocessor.open({
    dataDir,
    stores: { words: levelStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: 'json' } } }) },
    tasks: [
      taskModule(new URL('./task.mjs', import.meta.url), {
        export: 'countWords',
        options: { store: 'words' },
      }),
    ],
    source: memorySource({
      sequence: 3n,
      tables: {
        texts: [
          ['a', 'blue sky'],
          ['b', 'blue sea'],
        ],
      },
    }),
  });
  await assert.rejects(
    reprocessor.read(() => undefined),
    (error) => isReprocessError(error, 'REPROCESS_NOT_READY'),
  );
  await reprocessor.reprocess();
  assert.equal(await reprocessor.read((lease) => lease.store('words').table('words').get('blue')), 2);
  await reprocessor.close();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
console.log('esm done');
