import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memorySource, type ScanVisitor, type SourceSnapshot } from '../../src/index.ts';
import { SharedScan, type ScanHooks } from '../../src/task/shared-scan.ts';
import type { TaskSnapshot } from '../../src/task/snapshot.ts';

const TABLES = ['a', 'b', 'c'];
const ROWS = 3000; // three batches

interface CountedSnapshot extends SourceSnapshot {
  /** Tables in the order of the passes over them. */
  readonly passes: string[];
}

function counted(): CountedSnapshot {
  const rows = Array.from({ length: ROWS }, (_, index) => [`k${String(index).padStart(5, '0')}`, 'v'] as const);
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
async function runTasks(
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
function counting(delay?: () => Promise<void>): ScanVisitor & { rowsSeen: number; ends: number } {
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

describe('a shared scan', () => {
  it('makes one pass a table for tasks that want it, in any order of their scans', async () => {
    const snapshot = counted();
    const seen: number[] = [];
    const inOrder = (tables: readonly string[]) => ({
      declared: tables,
      async run(own: TaskSnapshot) {
        for (const table of tables) {
          const visitor = counting();
          await own.scan(table, visitor);
          seen.push(visitor.rowsSeen);
        }
      },
    });
    const atOnce = (tables: readonly string[]) => ({
      declared: tables,
      async run(own: TaskSnapshot) {
        await Promise.all(tables.map((table) => own.scan(table, counting())));
      },
    });
    await runTasks(snapshot, [inOrder(['a', 'b', 'c']), atOnce(['c', 'b', 'a']), inOrder(['b', 'c'])]);
    expect(snapshot.passes).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual([ROWS, ROWS, ROWS, ROWS, ROWS]);
  });

  it('never deadlocks and never loses a row, whatever tasks scan', async () => {
    const step = fc.record({
      tables: fc.array(fc.constantFrom(...TABLES), { minLength: 1, maxLength: 3 }),
      turns: fc.nat(3),
      slow: fc.boolean(),
      nested: fc.option(fc.constantFrom(...TABLES), { nil: undefined }),
    });
    const program = fc.record({
      declared: fc.subarray(TABLES),
      steps: fc.array(step, { maxLength: 3 }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(program, { maxLength: 4 }), async (programs) => {
        const snapshot = counted();
        const visitors: ReturnType<typeof counting>[] = [];
        const settled = await runTasks(
          snapshot,
          programs.map(({ declared, steps, fails }) => ({
            declared,
            async run(own: TaskSnapshot) {
              for (const { tables, turns, slow, nested } of steps) {
                for (let waited = 0; waited < turns; waited++) await turn();
                const scans = tables.map(async (table, index) => {
                  const visitor = counting(slow ? () => turn() : undefined);
                  visitors.push(visitor);
                  const { end } = visitor;
                  if (nested !== undefined && index === 0) {
                    visitor.end = async () => {
                      const inner = counting();
                      visitors.push(inner);
                      await own.scan(nested, inner);
                      return end?.call(visitor);
                    };
                  }
                  await own.scan(table, visitor);
                });
                await Promise.all(scans);
              }
              if (fails) throw new Error('task');
            },
          })),
        );
        expect(settled.map(({ status }) => status)).toEqual(
          programs.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')),
        );
        for (const { rowsSeen, ends } of visitors) expect([rowsSeen, ends]).toEqual([ROWS, 1]);
        const scans = programs.flatMap(({ steps }) => steps.flatMap(({ tables }) => tables)).length;
        expect(snapshot.passes.length).toBeLessThanOrEqual(scans * 2);
      }),
      { numRuns: 30 },
    );
  });

  it('lets a visitor start a scan of its own and wait for it', async () => {
    const snapshot = counted();
    const inner = counting();
    const [result] = await runTasks(snapshot, [
      { declared: ['a'], run: (own) => own.scan('a', { rows: () => undefined, end: () => own.scan('b', inner) }) },
    ]);
    expect(result?.status).toBe('fulfilled');
    expect(inner.rowsSeen).toBe(ROWS);
  });

  it('ends only the scan whose visitor throws or rejects', async () => {
    const snapshot = counted();
    const whole = counting();
    const settled = await runTasks(snapshot, [
      { declared: ['a'], run: (own) => own.scan('a', whole) },
      {
        declared: ['a'],
        run: (own) =>
          own.scan('a', {
            rows() {
              throw new Error('sync');
            },
          }),
      },
      { declared: ['a'], run: (own) => own.scan('a', { rows: () => Promise.reject(new Error('async')) }) },
      {
        declared: ['a'],
        run: (own) =>
          own.scan('a', {
            rows: () => undefined,
            end() {
              throw new Error('end');
            },
          }),
      },
    ]);
    expect(settled.map((one) => (one.status === 'rejected' ? String(one.reason) : 'done'))).toEqual([
      'done',
      'Error: sync',
      'Error: async',
      'Error: end',
    ]);
    expect([whole.rowsSeen, whole.ends, snapshot.passes.length]).toEqual([ROWS, 1, 1]);
  });

  it('ends a pass early when nobody is left in it', async () => {
    const snapshot = counted();
    let batches = 0;
    const [result] = await runTasks(snapshot, [
      {
        declared: ['a'],
        run: (own) =>
          own.scan('a', {
            rows() {
              batches += 1;
              throw new Error('enough');
            },
          }),
      },
    ]);
    expect([result?.status, batches]).toEqual(['rejected', 1]);
  });

  it('stops within one batch when it is aborted', async () => {
    const aborting = new AbortController();
    let batches = 0;
    const settled = await runTasks(
      counted(),
      [
        {
          declared: ['a'],
          run: (own) =>
            own.scan('a', {
              rows() {
                batches += 1;
                aborting.abort(new Error('stop'));
              },
            }),
        },
        { declared: ['a'], run: (own) => own.scan('a', { rows: () => new Promise<void>(() => undefined) }) },
      ],
      aborting.signal,
    );
    expect(batches).toBe(1);
    for (const one of settled) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'REPROCESS_ABORTED' } });
    }
  });

  it('says that the source failed, and where', async () => {
    const snapshot = counted();
    snapshot.scan = async () => {
      throw new Error('read error');
    };
    const [result] = await runTasks(snapshot, [{ declared: ['a'], run: (own) => own.scan('a', counting()) }]);
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'REPROCESS_SOURCE_FAILED', cause: { message: 'read error' } },
    });
  });

  it('lets others run: a turn of the event loop for every few batches', async () => {
    let turns = 0;
    let counts = true;
    const count = async (): Promise<void> => {
      for (; counts; turns++) await turn();
    };
    const counted10 = counted();
    const counter = count();
    let batches = 0;
    await runTasks(counted10, [
      { declared: ['a'], run: (own) => own.scan('a', { rows: () => void (batches += 1) }) },
    ]);
    counts = false;
    await counter;
    expect(turns).toBeGreaterThanOrEqual(batches);
  });
});
