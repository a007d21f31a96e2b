const assert = require('node:assert/strict');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { isReprocessError, memorySource, StagedReprocessor, taskModule } = require('staged-reprocessor');
const { levelStore } = require('staged-reprocessor/level');
const { memoryStore } = require('staged-reprocessor/memory');

for (const name of ['memory', 'level', 'ozone', 'recon', 'testing']) {
  assert.ok(Object.keys(require(`staged-reprocessor/${name}`)).length > 0, name);
}

async function main() {
  const dataDir = mkdtempSync(join(tmpdir(), 'sr-'));
  try {
    const tables = { words: { keyEncoding: 'utf8', valueEncoding: 'json' } };
    const reprocessor = await StagedReprocessor.open({
      dataDir,
      stores: { words: levelStore({ tables }), cache: memoryStore({ tables }) },
      tasks: [
        taskModule(pathToFileURL(join(__dirname, 'task.mjs')), {
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
    await reprocessor.reprocess();
    assert.equal(await reprocessor.read((lease) => lease.store('words').table('words').get('blue')), 2);
    await reprocessor.close();
    await assert.rejects(
      reprocessor.read(() => undefined),
      (error) => isReprocessError(error, 'REPROCESS_CLOSED'),
    );
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  console.log('cjs done');
}

main();
