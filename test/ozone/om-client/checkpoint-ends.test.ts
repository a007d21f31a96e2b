import { describe, expect, it } from 'vitest';
import { simulatedClock } from '../../../src/testing/simulated-clock.ts';
import { checkpointEntries, tarOf } from '../checkpoint-tars.ts';
import type { Gate } from '../om-server/gate.ts';
import type { OmServer } from '../om-server/om-server.ts';
import { startOmService } from '../om-server/om-service.ts';
import { makeStaging } from './staging.ts';

const tar = await tarOf(checkpointEntries());
const checkpoint = (): Uint8Array => tar;

/** Where a download can stand. */
const stages: readonly [string, (server: OmServer) => Gate][] = [
  ['who leads is asked', (server) => server.holdUpdates()],
  ['nothing has come', (server) => server.holdCheckpoint()],
  ['a little has come', (server) => server.holdCheckpoint(100)],
  ['half has come', (server) => server.holdCheckpoint(tar.length >> 1)],
  ['all but the end has come', (server) => server.holdCheckpoint(tar.length)],
];

describe('a checkpoint that is given up', () => {
  it.each(stages)('by the signal, while %s, leaves nothing', async (_, hold) => {
    using staging = makeStaging();
    const clock = simulatedClock();
    await using service = await startOmService([{ checkpoint }], { clock });
    const gate = hold(service.server);
    const controller = new AbortController();
    const fetched = service.client.checkpoint({ ...staging.request, signal: controller.signal });
    const refused = expect(fetched).rejects.toMatchObject({
      code: 'REPROCESS_ABORTED',
      cause: { message: 'enough' },
    });
    await gate.reached;
    controller.abort(new Error('enough'));
    await refused;
    expect(staging.names()).toEqual([]);
    expect(clock.pending).toBe(0);
    gate.release();
    await service.server.idle();
  });

  it.each(stages)('by close, while %s, leaves nothing once that has ended', async (_, hold) => {
    using staging = makeStaging();
    const clock = simulatedClock();
    await using service = await startOmService([{ checkpoint }], { clock });
    const gate = hold(service.server);
    const { signal } = new AbortController();
    const fetched = service.client.checkpoint({ ...staging.request, signal });
    const refused = expect(fetched).rejects.toMatchObject({
      code: 'REPROCESS_CLOSED',
    });
    await gate.reached;
    await service.client.close();
    expect(staging.names()).toEqual([]);
    expect(clock.pending).toBe(0);
    await refused;
    gate.release();
    await service.server.idle();
  });

  it('by the signal, at the last question, leaves nothing', async () => {
    using staging = makeStaging();
    await using service = await startOmService([{ checkpoint }]);
    const half = service.server.holdCheckpoint(5000);
    const controller = new AbortController();
    const fetched = service.client.checkpoint({ ...staging.request, signal: controller.signal });
    const refused = expect(fetched).rejects.toMatchObject({ code: 'REPROCESS_ABORTED' });
    await half.reached;
    const last = service.server.holdUpdates();
    half.release();
    await last.reached;
    controller.abort();
    await refused;
    expect(staging.names()).toEqual([]);
  });

  it('for want of space is REPROCESS_DISK_SPACE, and leaves nothing', async () => {
    const huge = await tarOf([{ name: 'CURRENT', content: 'x' }]);
    // A size of 8 EiB less one byte, in the binary form of the size field, and the checksum that belongs to it.
    huge.fill(0, 124, 136);
    huge.set([0x80, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 124);
    huge.fill(0x20, 148, 156);
    const sum = huge.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    huge.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    using staging = makeStaging();
    await using service = await startOmService([{ checkpoint: () => huge }]);
    await expect(service.client.checkpoint(staging.request)).rejects.toMatchObject({
      code: 'REPROCESS_DISK_SPACE',
    });
    expect(staging.names()).toEqual([]);
    await service.server.idle();
  });
});
