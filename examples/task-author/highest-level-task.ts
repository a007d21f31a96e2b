/**
 * A task of one's own, as a class: the highest level of each sensor. That one reading is gone does not tell which is the highest
 * now, so the task remembers all levels in a private table, in an order that makes the highest one the last.
 */
import type {
  DeltaContext,
  ReaderOf,
  ReconOmTask,
  TaskContext,
  TaskDelta,
  TaskSnapshot,
} from 'staged-reprocessor';
import { memoryStore, mergeDecoded } from 'staged-reprocessor/memory';

// Levels of one sensor come in any order; the highest one stays, also when several tasks write the table.
const highest = mergeDecoded('utf8', (left, right) => (Number(left) > Number(right) ? left : right));
export const levels = memoryStore({
  tables: {
    highest: { keyEncoding: 'utf8', valueEncoding: 'utf8', merge: highest },
    readings: { keyEncoding: 'utf8', valueEncoding: 'utf8' },
  },
});
type Levels = typeof levels;

interface Reading {
  readonly sensor: string;
  readonly level: string;
  /** Sorts by sensor, then by level. */
  readonly place: string;
}

export class HighestLevelTask implements ReconOmTask<Levels> {
  readonly taskName = 'HighestLevel';
  readonly version = 1;
  readonly store = 'levels';
  readonly sourceTables = ['readings'];
  readonly privateTables = ['readings'];

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<Levels>): Promise<void> {
    const highest = context.sink('highest');
    const readings = context.sink('readings');
    await snapshot.scan('readings', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const reading = decode(batch.key(i), batch.value(i));
          if (reading === undefined) {
            context.quarantine({ table: 'readings', key: batch.key(i), reason: 'The level is no number' });
            continue;
          }
          void highest.put(reading.sensor, reading.level);
          void readings.put(reading.place, reading.level);
        }
      },
    });
  }

  async process(delta: TaskDelta, context: DeltaContext<Levels>): Promise<void> {
    const readings = context.table('readings');
    const changed = new Set<string>();
    for (const { table, key, before, after } of delta.events) {
      const old = decode(key, before);
      if (old !== undefined) readings.del(old.place);
      const reading = decode(key, after);
      if (reading !== undefined) readings.put(reading.place, reading.level);
      else if (after !== undefined) context.quarantine({ table, key, reason: 'The level is no number' });
      for (const one of [old, reading]) if (one !== undefined) changed.add(one.sensor);
    }
    const highest = context.table('highest');
    for (const sensor of changed) {
      highest.del(sensor);
      // Sees what was written above.
      for await (const [, level] of readings.range({ prefix: `${sensor}/`, reverse: true, limit: 1 })) {
        highest.put(sensor, level);
      }
    }
  }

  async verify(staged: ReaderOf<Levels>): Promise<void> {
    for await (const [sensor, level] of staged.table('highest').iterator()) {
      if (Number(level) > 100) throw new Error(`Sensor ${sensor} cannot be at ${level} %`);
    }
  }
}

/** A reading is `sensor=level`; anything else is none. */
function decode(key: Uint8Array, value: Uint8Array | undefined): Reading | undefined {
  const [, sensor, digits] = /^([a-z]+)=(\d{1,3})$/.exec(Buffer.from(value ?? []).toString()) ?? [];
  if (sensor === undefined || digits === undefined) return undefined;
  const place = `${sensor}/${digits.padStart(3, '0')}/${Buffer.from(key).toString('hex')}`;
  return { sensor, level: String(Number(digits)), place };
}
