/**
 * A task of one's own, as a class, and what its author gets for free: bad records are set aside, rows of any order are
 * sorted and merged, and the task's own check can refuse a rebuild before it is switched in.
 */
import assert from 'node:assert/strict';
import { memorySource, StagedReprocessor } from 'staged-reprocessor';
import type { ReaderOf, ReconOmTask, TaskContext, TaskSnapshot } from 'staged-reprocessor';
import { memoryStore, mergeDecoded } from 'staged-reprocessor/memory';

// Levels of one sensor come in any order; the highest one stays, also when several tasks write the table.
const highest = mergeDecoded('utf8', (left, right) => (Number(left) > Number(right) ? left : right));
const levels = memoryStore({
  tables: { highest: { keyEncoding: 'utf8', valueEncoding: 'utf8', merge: highest } },
});

export class HighestLevelTask implements ReconOmTask<typeof levels> {
  readonly taskName = 'HighestLevel';
  readonly version = 1;
  readonly store = 'levels';
  readonly sourceTables = ['readings'];

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<typeof levels>): Promise<void> {
    const sink = context.sink('highest');
    await snapshot.scan('readings', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const [sensor = '', level = ''] = Buffer.from(batch.value(i)).toString().split('=');
          if (Number.isFinite(Number.parseFloat(level))) void sink.put(sensor, level);
          else context.quarantine({ table: 'readings', key: batch.key(i), reason: 'The level is no number' });
        }
      },
    });
  }

  async verify(staged: ReaderOf<typeof levels>): Promise<void> {
    for await (const [sensor, level] of staged.table('highest').iterator()) {
      if (Number(level) > 100) throw new Error(`Sensor ${sensor} cannot be at ${level} %`);
    }
  }
}

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
  logger: { debug() {}, info() {}, warn() {}, error() {} },
});
const north = (): Promise<string | undefined> =>
  reprocessor.read((lease) => lease.store('levels').table('highest').get('north'));

const report = await reprocessor.reprocess();
assert.equal(await north(), '57');
assert.deepEqual(report.tasks[0]?.quarantined.first[0]?.reason, 'The level is no number');

// A reading that cannot be true: the task refuses it, and the old data goes on being served.
readings.set('readings', '2026-11-23', 'north=570');
await assert.rejects(reprocessor.reprocess(), { code: 'REPROCESS_VERIFY_FAILED' });
assert.equal(await north(), '57');
console.log('1 record set aside, 1 rebuild refused, readers saw 57 % all the time');
