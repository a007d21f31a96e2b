import { join } from 'node:path';
import { DeltaLog } from '../../src/log/delta-log.ts';
import { structuredCloneCodec } from '../../src/log/structured-clone-codec.ts';
import type { Way } from './way.ts';

/** Deltas that are kept, as in the log by hand. */
const KEPT_BYTES = 8 << 20;

/** The library's delta log alone: appended and durable, nothing applied. */
export const logAlone: Way = {
  name: 'log: library',
  async open(directory) {
    const log = await DeltaLog.open({ path: join(directory, 'log'), codec: structuredCloneCodec });
    let sequence = 0n;
    let trimming: Promise<void> | undefined;
    return {
      get sequence() {
        return sequence;
      },
      async take(delta) {
        sequence = delta.through;
        await log.append(delta).durable;
        if (log.sizeBytes <= KEPT_BYTES) return;
        // Behind the appends, as the library does it.
        trimming ??= log.trim(sequence).finally(() => {
          trimming = undefined;
        });
      },
      async close() {
        await trimming;
        await log.close();
      },
    };
  },
};
