import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StagedReprocessor } from '../../src/index.ts';
import { DeltaHistory } from './delta-history.ts';
import { frozenRows, rowsAt } from './delta-rows.ts';
import { cursorAt, deltaOptions, deltaSource } from './delta-world.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test('a snapshot ahead of the deltas: those that only the way back lacks are kept for it', async () => {
  const history = new DeltaHistory(7);
  let [snapshotAt, sent] = [20n, 20n];
  const reprocessor = await StagedReprocessor.open({
    ...deltaOptions(join(root, 'home'), 'level+sqlite'),
    source: deltaSource(history, () => snapshotAt),
  });
  const send = async (through: bigint): Promise<void> => {
    const events = history.events(sent, through);
    await reprocessor.consume({ after: sent, through, events, cursor: cursorAt(through) });
    sent = through;
  };
  try {
    await reprocessor.reprocess();
    await send(25n);
    // As a real source does: its snapshot is a little newer than the last change that was sent.
    snapshotAt = 30n;
    await reprocessor.reprocess();
    for (const through of [27n, 29n, 33n, 36n]) await send(through);
    await reprocessor.whenApplied(36n);
    await reprocessor.rollbackTo(1);
    expect(reprocessor.status().generation).toBe(1);
    const rows = await frozenRows(reprocessor, ['words', 'totals']);
    for (const store of ['words', 'totals']) {
      expect(rows[store]).toEqual({ sequence: '36', rows: rowsAt(history, store, 36n) });
    }
  } finally {
    await reprocessor.close();
  }
});
