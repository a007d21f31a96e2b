import { serialize } from 'node:v8';
import { Level } from 'level';
import type { Delta } from '../../src/source/delta.ts';
import { JoinedWrites } from './joined-writes.ts';
import type { Way } from './way.ts';

/** Deltas kept after they are applied: enough that forgetting them costs what it costs a host. */
const KEPT = 1000;

/** A log of deltas as a host would write it: one synced batch, one record a delta, the oldest forgotten. */
export async function handLog(path: string) {
  const db = new Level<string, Uint8Array>(path, { valueEncoding: 'view' });
  await db.open();
  const kept: string[] = [];
  return {
    async append(deltas: readonly Delta[]): Promise<void> {
      const batch = db.batch();
      for (const { after, through, events } of deltas) {
        const key = String(through).padStart(20, '0');
        kept.push(key);
        batch.put(key, serialize({ after, through, events }));
      }
      for (const key of kept.splice(0, Math.max(0, kept.length - KEPT))) batch.del(key);
      const options: object = { sync: true };
      await batch.write(options);
    },
    close: () => db.close(),
  };
}

/** The log alone, nothing applied. */
export const logByHand: Way = {
  name: 'log: by hand',
  async open(directory) {
    const log = await handLog(directory);
    const writes = new JoinedWrites((deltas) => log.append(deltas));
    return {
      get sequence() {
        return writes.sequence;
      },
      take: (delta) => writes.take(delta),
      close: () => log.close(),
    };
  },
};
