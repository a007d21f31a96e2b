import { join } from 'node:path';
import { Level } from 'level';
import type { Delta } from '../../src/source/delta.ts';
import { handLog } from './hand-log.ts';
import { countsOf } from './delta-stream.ts';
import { JoinedWrites } from './joined-writes.ts';
import type { OpenWay, Way } from './way.ts';

/** LevelDB as a host would write it: look the keys up, one synced batch, the sequence in it. */
export function levelByHand({ log }: { readonly log: boolean }): Way {
  return {
    name: log ? 'level: by hand, log and store' : 'level: by hand',
    async open(directory) {
      const db = new Level<string, Uint8Array>(join(directory, 'store'), { valueEncoding: 'view' });
      await db.open();
      const logged = log ? await handLog(join(directory, 'log')) : undefined;
      const table = db.sublevel<string, Uint8Array>('count', { valueEncoding: 'view' });
      const writes = new JoinedWrites(async (deltas: readonly Delta[]) => {
        await logged?.append(deltas);
        const counts = [...countsOf(deltas)];
        const before = await table.getMany(counts.map(([key]) => key));
        const batch = db.batch();
        for (const [index, [key, count]] of counts.entries()) {
          batch.put(key, int64(number(before[index]) + count), { sublevel: table });
        }
        batch.put('applied', Buffer.from(String(deltas.at(-1)?.through)));
        // The sync is an option of LevelDB, which the contract of chained batches does not name.
        const options: object = { sync: true };
        await batch.write(options);
      });
      return {
        get sequence() {
          return writes.sequence;
        },
        take: (delta) => writes.take(delta),
        async total() {
          let total = 0n;
          for await (const value of table.values()) total += number(value);
          return total;
        },
        async close() {
          await db.close();
          await logged?.close();
        },
      } satisfies OpenWay;
    },
  };
}

function number(bytes: Uint8Array | undefined): bigint {
  if (bytes === undefined) return 0n;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0);
}

function int64(value: bigint): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
