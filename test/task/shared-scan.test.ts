import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TaskSnapshot } from '../../src/task/snapshot.ts';
import { counted, counting, ROWS, runTasks, TABLES } from './counted-snapshot.ts';

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
                  const end = visitor.end?.bind(visitor);
                  if (nested !== undefined && index === 0) {
                    visitor.end = async () => {
                      const inner = counting();
                      visitors.push(inner);
                      await own.scan(nested, inner);
                      await end?.();
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
      {
        declared: ['a'],
        run: (own) => own.scan('a', { rows: () => undefined, end: () => own.scan('b', inner) }),
      },
    ]);
    expect(result?.status).toBe('fulfilled');
    expect(inner.rowsSeen).toBe(ROWS);
  });
});
