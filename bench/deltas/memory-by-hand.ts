import { countsOf } from './delta-stream.ts';
import { JoinedWrites } from './joined-writes.ts';
import type { Way } from './way.ts';

/** A map: what the events cost by themselves. */
export const memoryByHand: Way = {
  name: 'memory: by hand',
  async open() {
    const counts = new Map<string, bigint>();
    const writes = new JoinedWrites(async (deltas) => {
      for (const [key, count] of countsOf(deltas)) counts.set(key, (counts.get(key) ?? 0n) + count);
    });
    return {
      get sequence() {
        return writes.sequence;
      },
      take: (delta) => writes.take(delta),
      async total() {
        let total = 0n;
        for (const count of counts.values()) total += count;
        return total;
      },
      close: () => Promise.resolve(),
    };
  },
};
