import { memorySource, type ScanVisitor, type SourceSnapshot } from '../../src/index.ts';
import { SharedScan, type ScanHooks } from '../../src/task/shared-scan.ts';
import type { TaskSnapshot } from '../../src/task/snapshot.ts';

export const TABLES = ['a', 'b', 'c'];
export const ROWS = 3000; // three batches

export interface CountedSnapshot extends SourceSnapshot {
  /** Tables in the order of the passes over them. */
  readonly passes: string[];
}

export function counted(): CountedSnapshot {
  const rows = Array.from(
    { length: ROWS },
    (_, index) => [`k${String(index).padStart(5, '0')}`, 'v'] as const,
  );
  const snapshot = memorySource({
    sequence: 1n,
    tables: Object.fromEntries(TABLES.map((table) => [table, rows])),
  }).openSnapshot();
  const passes: string[] = [];
  return {
    sequence: snapshot.sequence,
    tables: snapshot.tables,
    passes,
    estimateRows: (table) => snapshot.estimateRows(table),
    scan(table, visitor, options) {
      passes.push(table);
      return snapshot.scan(table, visitor, options);
    },
    get: (table, key) => snapshot.get(table, key),
    close: () => snapshot.close(),
  };
}

const NO_HOOKS: ScanHooks = { check: () => undefined, afterBatch: () => undefined };

/** Runs tasks over one snapshot, as the engine does. */
export async function runTasks(
  snapshot: SourceSnapshot,
  tasks: readonly { declared: readonly string[]; run: (snapshot: TaskSnapshot) => Promise<void> }[],
  signal = new AbortController().signal,
): Promise<readonly PromiseSettledResult<void>[]> {
  const scan = new SharedScan(snapshot, signal);
  const joined = tasks.map(({ declared, run }) => ({ run, ...scan.join(declared, NO_HOOKS) }));
  scan.start();
  return Promise.allSettled(joined.map(async ({ run, snapshot: own, end }) => run(own).finally(end)));
}

/** A visitor that checks that it sees every row once and in order. */
export function counting(delay?: () => Promise<void>): ScanVisitor & { rowsSeen: number; ends: number } {
  let last = '';
  return {
    rowsSeen: 0,
    ends: 0,
    rows(batch) {
      for (let index = 0; index < batch.length; index++) {
        const key = Buffer.from(batch.key(index)).toString();
        if (key <= last) throw new Error(`${key} came after ${last}`);
        last = key;
      }
      this.rowsSeen += batch.length;
      return delay?.();
    },
    end() {
      this.ends += 1;
    },
  };
}
