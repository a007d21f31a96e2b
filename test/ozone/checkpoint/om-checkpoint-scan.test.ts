import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openOmCheckpoint } from '../../../src/ozone/index.ts';
import { digestsOf, rocksFixture, rowsOf } from '../checkpoint-fixtures.ts';

describe('scan', () => {
  it('ends with the signal, also in between batches, and closes its files', async () => {
    await using checkpoint = await openOmCheckpoint(rocksFixture('levels'));
    await expect(
      checkpoint.scan('keyTable', { rows: () => undefined }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'REPROCESS_ABORTED',
      name: 'AbortError',
    });
    await using plain = await openOmCheckpoint(rocksFixture('codec-snappy'));
    const controller = new AbortController();
    let batches = 0;
    const scan = plain.scan(
      'keyTable',
      {
        rows: () => {
          batches++;
          controller.abort(new Error('enough'));
        },
      },
      { signal: controller.signal },
    );
    await expect(scan).rejects.toMatchObject({ code: 'REPROCESS_ABORTED', cause: { message: 'enough' } });
    expect(batches).toBe(1);
    await expect(
      openOmCheckpoint(rocksFixture('levels'), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'REPROCESS_ABORTED',
    });
  });

  it('waits for each batch, and passes on what the visitor throws', async () => {
    await using checkpoint = await openOmCheckpoint(rocksFixture('codec-snappy'));
    let running = 0;
    let most = 0;
    await checkpoint.scan('keyTable', {
      rows: async () => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
      },
    });
    expect(most).toBe(1);
    const failure = new Error('of the visitor');
    await expect(checkpoint.scan('keyTable', { rows: () => Promise.reject(failure) })).rejects.toBe(failure);
  });

  it('lets the event loop turn while it works', async () => {
    await using checkpoint = await openOmCheckpoint(rocksFixture('codec-none'));
    let turns = 0;
    let turn = setImmediate(function count() {
      turns++;
      turn = setImmediate(count);
    });
    const turnsBefore: number[] = [];
    await checkpoint.scan('keyTable', {
      rows: () => {
        turnsBefore.push(turns);
        // Longer than a turn may take, without a promise that would let others in.
        for (const end = performance.now() + 11; performance.now() < end;);
      },
    });
    clearImmediate(turn);
    expect(turnsBefore.length).toBeGreaterThan(5);
    expect(new Set(turnsBefore).size).toBe(turnsBefore.length);
  });

  it('ends when the checkpoint is closed, and refuses later calls', async () => {
    const checkpoint = await openOmCheckpoint(rocksFixture('codec-snappy'));
    const closed = { code: 'REPROCESS_HANDLE_CLOSED' };
    await expect(checkpoint.scan('keyTable', { rows: () => checkpoint.close() })).rejects.toMatchObject(
      closed,
    );
    await expect(rowsOf(checkpoint, 'keyTable')).rejects.toMatchObject(closed);
    await expect(checkpoint.get('keyTable', Buffer.from('x'))).rejects.toMatchObject(closed);
    await checkpoint.close();
  });

  it('leaves no file open', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = process.platform === 'linux' ? open() : 0;
    for (const name of ['levels', 'codec-snappy']) {
      const checkpoint = await openOmCheckpoint(rocksFixture(name));
      await digestsOf(checkpoint, checkpoint.tables);
      await checkpoint
        .scan('keyTable', { rows: () => Promise.reject(new Error('stop')) })
        .catch(() => undefined);
      await checkpoint.get('keyTable', Buffer.from('/vol/bucket0/dir00/file0000'));
      await checkpoint.close();
    }
    if (process.platform === 'linux') expect(open()).toBe(before);
  });
});
