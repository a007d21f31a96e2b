import type { ScanVisitor } from '../source/source.ts';

/**
 * The source as a task sees it. Tasks that scan the same table share one pass: a pass starts when every running task
 * waits in a scan or has ended. Start scans of several tables at once (`Promise.all`) to let them be shared best.
 *
 * @public
 */
export interface TaskSnapshot {
  readonly sequence: bigint;
  readonly tables: readonly string[];
  estimateRows(table: string): number | undefined;
  /** Visits every row of a table once, in key order. A visitor that throws rejects its own scan only. */
  scan(table: string, visitor: ScanVisitor): Promise<void>;
  get(table: string, key: Uint8Array): Promise<Uint8Array | undefined>;
}
