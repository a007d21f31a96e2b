import { describe, expect, it } from 'vitest';
import { WriteAheadLog } from './write-ahead-log.ts';
import { sequencesOf, writeBatches } from './write-batches.ts';

/** Batches 1-2, 3-5, 6, 7-8. */
function makeLog(): WriteAheadLog {
  const log = new WriteAheadLog();
  log.append(writeBatches(1n, [2, 3, 1, 2]));
  return log;
}

const firsts = (log: WriteAheadLog, after: bigint, limit = 100n): unknown => {
  const answer = log.since(after, limit);
  return answer.kind === 'batches' ? answer.batches.map((batch) => sequencesOf(batch).first) : answer;
};

describe('the test server answers as Ozone 2.2.0 was seen to', () => {
  it('start and end of a batch are valid cursors', () => {
    expect(firsts(makeLog(), 3n)).toEqual([6n, 7n]);
    expect(firsts(makeLog(), 5n)).toEqual([6n, 7n]);
    expect(firsts(makeLog(), 0n)).toEqual([1n, 3n, 6n, 7n]);
  });

  it('a cursor inside a batch skips the rest of it', () => {
    expect(firsts(makeLog(), 4n)).toEqual([6n, 7n]);
  });

  it('a limit ends the answer behind the first batch that starts so far on', () => {
    expect(firsts(makeLog(), 0n, 3n)).toEqual([1n, 3n]);
    expect(firsts(makeLog(), 2n, 1n)).toEqual([3n]);
  });

  it('the last sequence has nothing behind it, also when the log is empty', () => {
    expect(makeLog().since(8n, 1n)).toEqual({ kind: 'batches', batches: [], latest: 8n });
    const trimmed = makeLog();
    trimmed.trim(8n);
    expect(trimmed.since(8n, 1n)).toEqual({ kind: 'batches', batches: [], latest: 8n });
  });

  it('the future is told from the past that is gone', () => {
    const log = makeLog();
    expect(log.since(9n, 1n)).toEqual({ kind: 'future' });
    log.trim(5n);
    expect(log.since(4n, 1n)).toMatchObject({
      kind: 'gone',
      message: expect.stringContaining(
        'sequence number is 4 and first available sequence number is 6',
      ) as string,
    });
    expect(firsts(log, 5n)).toEqual([6n, 7n]);
    log.trim(8n);
    expect(log.since(5n, 1n)).toMatchObject({
      message: 'Invalid transaction log iterator when getting updates since sequence number 5',
    });
  });
});
