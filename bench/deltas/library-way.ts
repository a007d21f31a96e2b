import { type Lease, type OpenOptions, StagedReprocessor, type Stores } from '../../src/index.ts';
import type { Way, WayName } from './way.ts';

interface Subject<S extends Stores> {
  readonly name: WayName;
  readonly stores: S;
  readonly tasks: OpenOptions<S>['tasks'];
  readonly total: (lease: Lease<S>) => Promise<bigint>;
  /** Without it nothing touches a disk. */
  readonly durable?: boolean;
}

/** The library: `consume` without waiting for the disk, then `whenApplied`, as a host with a source of its own has it. */
export function libraryWay<const S extends Stores>(subject: Subject<S>): Way {
  const { name, stores, tasks, total, durable = true } = subject;
  return {
    name,
    async open(directory) {
      const reprocessor = await StagedReprocessor.open<S>({
        ...(durable ? { dataDir: directory } : {}),
        stores,
        tasks,
        retry: { maxRetries: 0 },
      });
      const alerts: string[] = [];
      reprocessor.on('alert', ({ code, message }) => alerts.push(`${code}: ${message}`));
      await reprocessor.startEmpty(0n);
      let sequence = 0n;
      return {
        get sequence() {
          return sequence;
        },
        async take(delta) {
          sequence = delta.through;
          await reprocessor.consume(delta, { durable: false });
          await reprocessor.whenApplied(delta.through);
        },
        total: () => reprocessor.read(total),
        async close() {
          await reprocessor.close();
          // What goes wrong in the background must not look like speed.
          if (alerts.length > 0) throw new Error(`${name}: ${alerts.join('; ')}`);
        },
      };
    },
  };
}
