import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../src/index.ts';
import { nodeProblem } from '../../src/cli/node-version.ts';
import { humanCount, humanSize, humanTime } from '../../src/cli/quantities.ts';
import { barLine, rowsText } from '../../src/cli/rebuild-progress.ts';

const half: RunProgress = {
  startedAtMs: 0,
  rowsDone: 1_200_000,
  rowsEstimated: 2_400_000,
  rowsPerSecond: 80_000,
  etaMs: 15_000,
  tasks: [],
};

describe('the progress of a rebuild', () => {
  it('is a bar, cut to the terminal', () => {
    expect(barLine('reading', half, true, 200)).toBe(
      '[############------------]  50 %  reading  1,200,000 of about 2,400,000 rows, 80,000 rows/s, ETA 15.0 s',
    );
    expect(barLine('reading', half, true, 80)).toHaveLength(79);
    expect(barLine('verifying', half, false, 80)).toBe('[############------------]  50 %  verifying');
    expect(barLine('taking', undefined, true, 80)).toBe('[                        ]   ? %  taking');
  });

  it('says when it does not know', () => {
    const unknown = { ...half, rowsEstimated: undefined, etaMs: undefined };
    expect(rowsText(unknown)).toBe('1,200,000 rows, 80,000 rows/s, ETA unknown');
    expect(barLine('reading', unknown, true, 200)).toContain('  ? %  reading  1,200,000 rows');
    // More rows than were estimated: never above 100 %, never below zero.
    const more = { ...half, rowsDone: 3_000_000, etaMs: -5 };
    expect(barLine('reading', more, true, 200)).toContain('100 %');
    expect(rowsText(more)).toBe('3,000,000 of about 3,000,000 rows, 80,000 rows/s, ETA 0 ms');
  });
});

describe('quantities', () => {
  it.each([
    [0n, '0 B'],
    [1023n, '1023 B'],
    [1024n, '1.0 KB'],
    [10_240n, '10 KB'],
    [1_048_575n, '1.0 MB'],
    [5n * 1024n ** 5n, '5.0 PB'],
    [2n ** 63n - 1n, '8.0 EB'],
  ])('%s bytes are %s', (bytes, text) => {
    expect(humanSize(bytes)).toBe(text);
  });

  it('counts and times are short', () => {
    expect(humanCount(1234567n)).toBe('1,234,567');
    expect([0, 999.4, 1500, 59_999, 61_000, 7_380_000].map(humanTime)).toEqual([
      '0 ms',
      '999 ms',
      '1.5 s',
      '60.0 s',
      '1 min 01 s',
      '2 h 03 min',
    ]);
  });
});

describe('the version of Node', () => {
  it.each(['22.18.0', '22.20.1', '24.11.0', '25.0.0'])('%s will do', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });
  it.each(['20.20.2', '22.17.9', '23.11.0', '24.10.0'])('%s will not', (version) => {
    expect(nodeProblem(version)).toBe(
      `it needs Node 22.18 (and 22.x), or 24.11 or newer; this is Node ${version}`,
    );
  });
});
