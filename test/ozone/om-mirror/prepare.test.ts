import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rawBatch, writeBatch, type BatchRecord } from '../write-batch/batch-writing.ts';
import { expectRows, MirrorModel, modelEvents } from './mirror-model.ts';
import { BASE, bytes, MirrorBench, openSnapshot } from './mirror-bench.ts';

const KNOWN = '/vol/bucket0/dir00/file0000';
const put = (key: string, value: string): BatchRecord => ({ put: key, value, family: 3 });
const del = (key: string): BatchRecord => ({ delete: key, family: 3 });

describe('prepare', () => {
  it('tells old and new bytes as of each event, over several batches', async () => {
    await using bench = await MirrorBench.live();
    const { copy } = bench;
    const update = await copy.prepare([
      writeBatch(143, [put('new', '1'), put('new', '2'), del('new')]),
      writeBatch(146, [del('new'), put('new', '3')]),
      writeBatch(148, [del(KNOWN), del(KNOWN)]),
    ]);
    const known = modelEvents(update.delta.events)[4]?.before;
    expect(known).toBeDefined();
    const event = (sequence: bigint, key: string, before?: string, after?: string) => {
      return { sequence, table: 'keyTable', key, before, after };
    };
    expect(modelEvents(update.delta.events)).toEqual([
      event(145n, 'new', undefined, '1'),
      event(145n, 'new', '1', '2'),
      event(145n, 'new', '2', undefined),
      event(147n, 'new', undefined, '3'),
      event(149n, KNOWN, known, undefined),
    ]);
    // A missing row has no field at all.
    expect(Object.keys(update.delta.events[0] ?? {})).toEqual(['sequence', 'table', 'key', 'after']);
    expect(update.delta).toMatchObject({ after: BASE, through: 149n });
  });

  it('writes nothing before commit, and then rows, sequence and last batch', async () => {
    await using bench = await MirrorBench.live();
    const { copy } = bench;
    const batches = [writeBatch(143, [put('a', '1')]), writeBatch(144, [put('b', '1'), put('c', '1')])];
    const update = await copy.prepare(batches);
    expect(copy).toMatchObject({ sequence: BASE, lastBatch: undefined });
    const before = await openSnapshot(bench.mirror);
    await update.commit();
    await update.commit();
    const sha256 = createHash('sha256')
      .update(batches[1] ?? '')
      .digest('hex');
    const applied = { base: BASE, sequence: 145n, lastBatch: { first: 144n, last: 145n, sha256 } };
    expect(copy).toMatchObject(applied);
    expect(await before.get('keyTable', bytes('a'))).toBeUndefined();
    expect(before.sequence).toBe(BASE);
    await before.close();
    await bench.open();
    expect(bench.copy).toMatchObject({ ...applied, id: copy.id, history: copy.history, leader: 'om1' });
    const after = await openSnapshot(bench.mirror);
    expect(await after.get('keyTable', bytes('a'))).toEqual(bytes('1'));
    expect(after).toMatchObject({ sequence: 145n, history: copy.history, cursor: { mirror: copy.id } });
    await after.close();
  });

  it('leaves out what the copy has, and the part of a batch that lies before the checkpoint', async () => {
    await using bench = await MirrorBench.live();
    const { copy } = bench;
    const straddling = writeBatch(141, [put(KNOWN, 'old'), put('x', 'old'), put('y', 'new')]);
    const update = await copy.prepare([writeBatch(100, [put('z', 'old')]), straddling, straddling]);
    expect(modelEvents(update.delta.events)).toMatchObject([{ sequence: 143n, key: 'y' }]);
    await update.commit();
    expect(copy.lastBatch).toMatchObject({ first: 141n, last: 143n });
    const again = await copy.prepare([straddling]);
    expect(again.delta).toMatchObject({ after: 143n, through: 143n, events: [] });
    await again.commit();
    expect(copy.lastBatch).toMatchObject({ first: 141n });
  });

  it('counts operations of the default family, and makes no event of them', async () => {
    await using bench = await MirrorBench.live();
    const records: BatchRecord[] = [
      { put: 'a', value: '1' },
      { logData: 'x' },
      { put: 'b', value: '1', family: 0 },
      { deleteFrom: 'a', to: 'z' },
      { noop: true },
      put('k', '1'),
    ];
    const update = await bench.copy.prepare([writeBatch(143, records)]);
    expect(update.delta.through).toBe(146n);
    expect(modelEvents(update.delta.events)).toMatchObject([{ sequence: 146n, key: 'k' }]);
  });

  it('expands a range over the rows that are there at that moment', async () => {
    await using bench = await MirrorBench.live();
    await bench.apply(put('r1', 'old'), put('r2', 'old'), put('r9', 'old'), del(KNOWN));
    const range: BatchRecord = { deleteFrom: 'r1', to: 'r9', family: 3 };
    const update = await bench.copy.prepare([
      writeBatch(147, [put('r3', 'new'), del('r2'), range, put('r1', 'again'), range, range]),
    ]);
    expect(
      modelEvents(update.delta.events).map(({ sequence, key, before }) => [sequence, key, before]),
    ).toEqual([
      [152n, 'r3', undefined],
      [152n, 'r2', 'old'],
      [152n, 'r1', 'old'],
      [152n, 'r3', 'new'],
      [152n, 'r1', undefined],
      [152n, 'r1', 'again'],
    ]);
  });

  it.each([
    ['REPROCESS_SEQUENCE_GAP', writeBatch(145, [put('a', '1')])],
    ['REPROCESS_FAMILY_UNKNOWN', writeBatch(144, [{ put: 'a', value: '1', family: 99 }])],
    ['REPROCESS_BATCH_CORRUPT', writeBatch(144, [put('a', '1')]).subarray(0, -1)],
    ['REPROCESS_BATCH_UNSUPPORTED', rawBatch(144, 1, Uint8Array.of(0x02))],
  ])('%s: nothing of any batch is taken', async (code, bad) => {
    await using bench = await MirrorBench.live();
    const { copy } = bench;
    await expect(copy.prepare([writeBatch(143, [put('a', '0')]), bad])).rejects.toMatchObject({ code });
    expect(copy.sequence).toBe(BASE);
    // The next one begins where this one did.
    expect((await copy.prepare([writeBatch(143, [put('a', '0')])])).delta.events).toHaveLength(1);
  });

  it('ends with its signal, and refuses wrong arguments', async () => {
    await using bench = await MirrorBench.live();
    const batch = writeBatch(143, [put('a', '1')]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(bench.copy.prepare([batch], { signal })).rejects.toMatchObject({
      code: 'REPROCESS_ABORTED',
    });
    await expect(bench.copy.prepare([batch], { sinal: signal } as object)).rejects.toThrow(TypeError);
    await expect(bench.copy.prepare('x' as never)).rejects.toThrow(TypeError);
  });

  it('commits one of two that were prepared from the same state', async () => {
    await using bench = await MirrorBench.live();
    const { copy } = bench;
    const first = await copy.prepare([writeBatch(143, [put('a', '1')])]);
    const second = await copy.prepare([writeBatch(143, [put('b', '1'), put('c', '1')])]);
    const ends = await Promise.allSettled([first.commit(), second.commit()]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(second.commit()).rejects.toMatchObject({ code: 'REPROCESS_HANDLE_CLOSED' });
    const snapshot = await copy.openSnapshot();
    expect(await snapshot.get('keyTable', bytes('b'))).toBeUndefined();
    await snapshot.close();
  });

  it('knows how many rows came and went', async () => {
    await using bench = await MirrorBench.live();
    const estimate = async (): Promise<number | undefined> => {
      const snapshot = await openSnapshot(bench.mirror);
      const rows = snapshot.estimateRows('keyTable');
      expect(snapshot.estimateRows('noSuchTable')).toBeUndefined();
      expect(snapshot.estimateBytes?.()).toBeGreaterThan(100_000);
      await snapshot.close();
      return rows;
    };
    const before = (await estimate()) ?? 0;
    await bench.apply(
      put('a', '1'),
      put('b', '1'),
      put('b', '2'),
      put(KNOWN, 'other'),
      del('a'),
      del('nothing'),
    );
    expect(await estimate()).toBe(before + 1);
    await bench.apply(del(KNOWN), del('b'));
    await bench.open();
    expect(await estimate()).toBe(before - 1);
  });

  it('keeps a tombstone only over a row of the checkpoint', async () => {
    await using bench = await MirrorBench.live();
    const model = await MirrorModel.of(await openSnapshot(bench.mirror));
    await bench.apply(put('churn', '1'), put(KNOWN, '1'));
    await bench.apply(del('churn'), del(KNOWN));
    model.tables.get('keyTable')?.delete(KNOWN);
    const snapshot = await openSnapshot(bench.mirror);
    await expectRows(snapshot, model, 'after the deletes');
    await snapshot.close();
    await bench.close();
    expect(await bench.overlayKeys()).toEqual([KNOWN]);
  });
});
