import assert from 'node:assert/strict';
import type { RowBatch, Source, SourceSnapshot } from '../../source/source.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { SuiteRunner } from '../suite-runner.ts';

/**
 * A source, and what a snapshot of it must hold, for one test.
 *
 * @public
 */
export interface SourceSuiteSubject {
  readonly source: Source;
  readonly sequence: bigint;
  readonly history?: string;
  /** Every table with every row, in the order of the key's bytes. One of them should hold thousands of rows. */
  readonly tables: ReadonlyMap<string, readonly RowBytes[]>;
  /** Changes rows of every table, so that the suite can see that open snapshots are frozen. */
  change?(): Promise<void> | void;
  /** Called once, with all snapshots closed. */
  cleanup(): Promise<void>;
}

/** @public */
export interface SourceSuiteOptions {
  /** Stands in the names of the tests. */
  readonly name: string;
  create(): Promise<SourceSuiteSubject>;
}

export interface SourceBench {
  readonly subject: SourceSuiteSubject;
  readonly snapshot: SourceSnapshot;
  /** For a test that closes the snapshot itself. */
  readonly close: () => Promise<void>;
}

/** Registers one test of a fresh snapshot, which is closed exactly once. The first error is the one that is told. */
export function sourceTest(
  runner: SuiteRunner,
  options: SourceSuiteOptions,
  name: string,
  body: (bench: SourceBench) => Promise<void>,
): void {
  runner.it(name, async () => {
    const subject = await options.create();
    const errors: unknown[] = [];
    try {
      const snapshot = await openSnapshot(subject);
      let closing: Promise<void> | undefined;
      const close = (): Promise<void> => (closing ??= snapshot.close());
      await body({ subject, snapshot, close }).catch((error: unknown) => errors.push(error));
      await close();
    } catch (error) {
      errors.push(error);
    }
    await subject.cleanup().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  });
}

export async function openSnapshot(subject: SourceSuiteSubject): Promise<SourceSnapshot> {
  return subject.source.openSnapshot({ reason: 'MANUAL', signal: new AbortController().signal });
}

/** Copies every row of a table. */
export async function scanned(snapshot: SourceSnapshot, table: string): Promise<RowBytes[]> {
  const rows: RowBytes[] = [];
  await snapshot.scan(table, copying(rows));
  return rows;
}

export function copying(rows: RowBytes[]): CopyingVisitor {
  const visitor = {
    ends: 0,
    rows: (batch: RowBatch): void => {
      for (let index = 0; index < batch.length; index += 1) {
        rows.push({ key: Uint8Array.from(batch.key(index)), value: Uint8Array.from(batch.value(index)) });
      }
    },
    end: (): void => {
      visitor.ends += 1;
    },
  };
  return visitor;
}

export interface CopyingVisitor {
  readonly rows: (batch: RowBatch) => void;
  readonly end: () => void;
  readonly ends: number;
}

/** Tells the first row that differs. */
export function expectRows(given: readonly RowBytes[], wanted: readonly RowBytes[], table: string): void {
  for (const [index, row] of wanted.entries()) {
    assert.equal(shown(given[index]), shown(row), `row ${index} of ${wanted.length} of ${table}`);
  }
  assert.equal(given.length, wanted.length, `number of rows of ${table}`);
}

function shown(row: RowBytes | undefined): string {
  if (row === undefined) return 'no row';
  return `${Buffer.from(row.key).toString('hex')}=${Buffer.from(row.value).toString('hex')}`;
}
