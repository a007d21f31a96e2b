const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { isReprocessError, memorySource, StagedReprocessor } = require('staged-reprocessor');
const { levelStore } = require('staged-reprocessor/level');
const { memoryStore } = require('staged-reprocessor/memory');

const tables = { copies: { keyEncoding: 'utf8', valueEncoding: 'utf8' } };

const copyTo = (store) => ({
  taskName: `CopyTo_${store}`,
  version: 1,
  store,
  sourceTables: ['texts'],
  async reprocess(snapshot, context) {
    const sink = context.sink('copies');
    await snapshot.scan('texts', {
      async rows(batch) {
        for (let i = 0; i < batch.length; i += 1) {
          await sink.put(Buffer.from(batch.key(i)).toString(), Buffer.from(batch.value(i)).toString());
        }
      },
    });
  },
});

const source = () => memorySource({ sequence: 1n, tables: { texts: [['a', 'blue']] } });

test.each(['memory', 'level', 'ozone', 'recon', 'testing'])('the entry %s can be required', (name) => {
  expect(Object.keys(require(`staged-reprocessor/${name}`))).not.toHaveLength(0);
});

test('a host of stores in memory needs no directory', async () => {
  const reprocessor = await StagedReprocessor.open({
    stores: { memory: memoryStore({ tables }) },
    tasks: [copyTo('memory')],
    source: source(),
  });
  await reprocessor.reprocess();
  expect(await reprocessor.read((lease) => lease.store('memory').table('copies').get('a'))).toBe('blue');
  await reprocessor.close();
});

test('a host of a LevelDB rebuilds, reads and closes', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sr-'));
  try {
    const reprocessor = await StagedReprocessor.open({
      dataDir,
      stores: { level: levelStore({ tables }) },
      tasks: [copyTo('level')],
      source: source(),
    });
    await reprocessor.reprocess();
    expect(await reprocessor.read((lease) => lease.store('level').table('copies').get('a'))).toBe('blue');
    await reprocessor.close();
    const error = await reprocessor.read(() => undefined).catch((reason) => reason);
    expect(isReprocessError(error, 'REPROCESS_CLOSED')).toBe(true);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
