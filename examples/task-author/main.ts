/**
 * What the author of a task gets for free: bad records are set aside, the task's own check can refuse a rebuild before it is
 * switched in, and the task suite proves that deltas come to what a rebuild comes to. Run by `node`, with its own test runner.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memorySource, StagedReprocessor } from 'staged-reprocessor';
import { rowsModel, taskSuite } from 'staged-reprocessor/testing';
import { HighestLevelTask, levels } from './highest-level-task.ts';

taskSuite(
  { describe, it },
  {
    name: 'HighestLevel',
    stores: { levels },
    tasks: () => [new HighestLevelTask()],
    model: rowsModel({
      readings: {
        keys: 10,
        value: (random) => `${random.pick(['north', 'south'])}=${String(random.below(100))}`,
      },
    }),
  },
);

const silent = { debug() {}, info() {}, warn() {}, error() {} };

void it('sets bad records aside, and refuses what cannot be true', async () => {
  const readings = memorySource({
    sequence: 3n,
    tables: {
      readings: [
        ['2026-11-20', 'north=41'],
        ['2026-11-21', 'north=57'],
        ['2026-11-22', 'south=wet'],
      ],
    },
  });
  await using reprocessor = await StagedReprocessor.open({
    stores: { levels },
    tasks: [new HighestLevelTask()],
    source: readings,
    retry: { maxRetries: 0 },
    logger: silent,
  });
  const north = (): Promise<string | undefined> =>
    reprocessor.read((lease) => lease.store('levels').table('highest').get('north'));

  const report = await reprocessor.reprocess();
  assert.equal(await north(), '57');
  assert.equal(report.tasks[0]?.quarantined.first[0]?.reason, 'The level is no number');

  // The highest reading goes: the task finds the next one in its private table.
  const key = Buffer.from('2026-11-21');
  const sequence = readings.delete('readings', key);
  await reprocessor.consume({
    after: 3n,
    through: sequence,
    events: [{ sequence, table: 'readings', key, before: Buffer.from('north=57') }],
  });
  await reprocessor.whenApplied(sequence);
  assert.equal(await north(), '41');

  // A reading that cannot be true: the task refuses it, and the old data goes on being served.
  readings.set('readings', '2026-11-23', 'north=570');
  await assert.rejects(reprocessor.reprocess(), { code: 'REPROCESS_VERIFY_FAILED' });
  assert.equal(await north(), '41');
});
