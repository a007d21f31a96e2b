import { levelStore, sumInt64 } from '../../src/adapters/level/index.ts';
import { memoryStore } from '../../src/adapters/memory/index.ts';
import { defineTask, type Lease } from '../../src/index.ts';
import { countedKey, countsOf, TABLE } from './delta-stream.ts';
import { libraryWay } from './library-way.ts';
import type { Way } from './way.ts';

const tables = { count: { keyEncoding: 'utf8', valueEncoding: 'view', merge: sumInt64 } } as const;
const level = levelStore({ tables });
const memory = memoryStore({ tables });
type Counts = typeof level;

const ONE = int64(1n);

/** The trivial task: one merge an event. Its rebuild has nothing to do, since the benchmark starts from an empty source. */
const merging = defineTask<Counts, 'counts'>({
  taskName: 'Counts',
  version: 1,
  store: 'counts',
  sourceTables: [TABLE],
  reprocess: async () => undefined,
  async process(delta, context) {
    const count = context.table('count');
    for (const event of delta.events) count.merge(countedKey(event), ONE);
  },
});

/** The same where the table has no merge rule, or the author does not use it: all keys looked up at once. */
const reading = defineTask<Counts, 'counts'>({
  ...merging,
  async process(delta, context) {
    const table = context.table('count');
    const counts = [...countsOf([delta])];
    const before = await table.getMany(counts.map(([key]) => key));
    for (const [index, [key, count]] of counts.entries())
      table.put(key, int64(number(before[index]) + count));
  },
});

async function total(lease: Lease<{ readonly counts: Counts }>): Promise<bigint> {
  let sum = 0n;
  for await (const value of lease.store('counts').table('count').values()) sum += number(value);
  return sum;
}

export const levelLibrary: Way = libraryWay({
  name: 'level: library',
  stores: { counts: level },
  tasks: [merging],
  total,
});

export const levelLibraryReading: Way = libraryWay({
  name: 'level: library, get and put',
  stores: { counts: level },
  tasks: [reading],
  total,
});

/** Neither store nor log on a disk: what the engine itself costs. */
export const memoryLibrary: Way = libraryWay({
  name: 'memory: library',
  stores: { counts: memory },
  tasks: [merging],
  total,
  durable: false,
});

function number(bytes: Uint8Array | undefined): bigint {
  if (bytes === undefined) return 0n;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0);
}

function int64(value: bigint): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
