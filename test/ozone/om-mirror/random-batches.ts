import type { SeededRandom } from '../../../src/testing/index.ts';
import type { BatchRecord } from '../write-batch/batch-writing.ts';
import { FAMILIES, type MirrorModel } from './mirror-model.ts';

/** Records of one write batch: changes of rows that are there, of rows that are not, and of the same ones again. */
export function randomRecords(random: SeededRandom, model: MirrorModel): readonly BatchRecord[] {
  return Array.from({ length: 1 + random.below(random.pick([3, 8, 40])) }, () => randomRecord(random, model));
}

function randomRecord(random: SeededRandom, model: MirrorModel): BatchRecord {
  const id = random.pick([0, 1, 2, 3, 3, 3, 3]);
  // Family 0 has a short form of its own.
  const family = id === 0 && random.below(2) === 0 ? {} : { family: id };
  const keys = [...(model.tables.get(FAMILIES[id] ?? '')?.keys() ?? [])];
  const key = (): Uint8Array => randomKey(random, keys);
  switch (
    random.pick(['put', 'put', 'put', 'put', 'delete', 'delete', 'delete', 'single', 'range', 'other'])
  ) {
    case 'put':
      return { put: key(), value: random.bytes(random.below(random.pick([1, 30, 5000]))), ...family };
    case 'delete':
      return { delete: key(), ...family };
    case 'single':
      return { singleDelete: key(), ...family };
    case 'range':
      return { ...randomRange(random, key), ...family };
    default:
      return random.pick<BatchRecord>([{ noop: true }, { logData: 'told to readers of the log' }]);
  }
}

function randomKey(random: SeededRandom, keys: readonly string[]): Uint8Array {
  const isKnown = keys.length > 0 && random.below(2) === 0;
  if (isKnown) return Buffer.from(random.pick(keys), 'latin1');
  const text = random.pick(['', '/vol/bucket0/', '/vol/bucket1/dir0', '/w', '\u{10ffff}']);
  return Buffer.concat([
    Buffer.from(text),
    random.pick([Buffer.alloc(0), random.bytes(1), Buffer.of(255, 255)]),
  ]);
}

/** Mostly a narrow one, sometimes of everything, sometimes of nothing. */
function randomRange(random: SeededRandom, key: () => Uint8Array) {
  const start = key();
  const end = random.pick([
    () => Buffer.concat([start, Buffer.of(0)]),
    () => Buffer.concat([start.subarray(0, -1), Buffer.of(random.below(256))]),
    () => (random.below(8) === 0 ? key() : start),
  ])();
  return { deleteFrom: start, to: end };
}
