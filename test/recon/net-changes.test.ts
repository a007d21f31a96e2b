import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { netChanges } from '../../src/recon/net-changes.ts';
import type { SourceEvent } from '../../src/source/delta.ts';

type Change = readonly [table: string, key: string, before: string | undefined, after: string | undefined];

function events(...changes: readonly Change[]): SourceEvent[] {
  const bytes = (text: string | undefined): Buffer | undefined =>
    text === undefined ? undefined : Buffer.from(text, 'latin1');
  return changes.map(([table, key, before, after], index) => ({
    sequence: BigInt(index),
    table,
    key: Buffer.from(key, 'latin1'),
    before: bytes(before),
    after: bytes(after),
  }));
}

/** Table → `key: before > after`. */
function net(...changes: readonly Change[]): Record<string, string[]> {
  const text = (bytes: Uint8Array | undefined): string =>
    bytes === undefined ? '-' : Buffer.from(bytes).toString('latin1');
  return Object.fromEntries(
    [...netChanges(events(...changes))].map(([table, rows]) => [
      table,
      rows.map(({ key, before, after }) => `${text(key)}: ${text(before)} > ${text(after)}`),
    ]),
  );
}

describe('netChanges', () => {
  it('takes the first value before and the last one after, row by row', () => {
    expect(
      net(
        ['t', 'a', 'one', 'two'],
        ['t', 'b', undefined, 'x'],
        ['u', 'a', 'gone', undefined],
        ['t', 'a', 'two', undefined],
        ['t', 'a', undefined, 'three'],
      ),
    ).toEqual({ t: ['a: one > three', 'b: - > x'], u: ['a: gone > -'] });
  });

  it('leaves out rows that end as they began, but not their table', () => {
    expect(
      net(
        ['t', 'same', 'v', 'v'],
        ['t', 'back', 'v', 'w'],
        ['t', 'back', 'w', 'v'],
        ['u', 'short-lived', undefined, 'v'],
        ['u', 'short-lived', 'v', undefined],
        ['v', 'empty', '', undefined],
      ),
    ).toEqual({ t: [], u: [], v: ['empty:  > -'] });
  });

  it('tells keys apart that are no text', () => {
    expect(net(['t', '\xff', undefined, 'v'], ['t', '\xfe', undefined, 'v'])).toEqual({
      t: ['\xff: - > v', '\xfe: - > v'],
    });
  });

  it('leads from the rows before to the rows after, whatever happens between', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      value: fc.option(fc.constantFrom('x', 'y', ''), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const rows = new Map<string, string>([['a', 'x']]);
        const before = new Map(rows);
        const changes = steps.map(({ key, value }): Change => {
          const change: Change = ['t', key, rows.get(key), value];
          if (value === undefined) rows.delete(key);
          else rows.set(key, value);
          return change;
        });
        for (const change of netChanges(events(...changes)).get('t') ?? []) {
          const key = Buffer.from(change.key).toString();
          expect(change.before?.toString()).toBe(before.get(key));
          if (change.after === undefined) before.delete(key);
          else before.set(key, change.after.toString());
        }
        expect(before).toEqual(rows);
      }),
    );
  });
});
