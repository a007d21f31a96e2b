import type { ControlStore } from './control-store.ts';

/**
 * A control store with a fail-point before and after each write of the record: what a test throws there is a write that
 * failed without a trace, or one that lies on the disk although it is told to have failed.
 */
export function watchedControlStore(
  store: ControlStore,
  failPoint: (name: string) => Promise<void>,
): ControlStore {
  return {
    open: () => store.open(),
    readRecord: () => store.readRecord(),
    async writeRecord(text, runs) {
      await failPoint('control:write');
      await store.writeRecord(text, runs);
      await failPoint('control:written');
    },
    readRuns: () => store.readRuns(),
    close: () => store.close(),
  };
}
