import { expect, it } from 'vitest';
import { startOmServer } from '../om-server/om-server.ts';
import { FollowHost } from './follow-host.ts';
import { RecordedOm } from './recorded-om.ts';

const om = new RecordedOm('om-live');
const S0 = 5421n;
const S1 = 19_057n;

it('takes a checkpoint, rebuilds, and follows to the last change: every row is that of a rebuild', async () => {
  await using server = await startOmServer({
    checkpoint: () => om.tar('om0'),
    batches: om.between(0n, S0),
  });
  await using host = new FollowHost();
  await host.start([server.address], 500);
  await host.until('snapshot:end');
  for (let sequence = S0; sequence < S1; sequence += 3000n) {
    server.wal.append(om.between(sequence, sequence + 3000n < S1 ? sequence + 3000n : S1));
    await host.until('idle');
  }
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.count('snapshot:begin')).toBe(1);
  expect(host.count('failed')).toBe(0);
  expect(host.alerts).toEqual([]);
  const status = host.parts.follower.status();
  expect(status).toMatchObject({ sequence: S1, latest: S1, leader: 'om1', lastError: undefined });
  expect(status.delta).toMatchObject({ sequence: S1, failed: false });
  expect(status.snapshot).toMatchObject({ sequence: S0, failed: false, running: false });
});

it('goes on where it stopped, without another checkpoint', async () => {
  await using server = await startOmServer({
    checkpoint: () => om.tar('om0'),
    batches: om.between(0n, 9000n),
  });
  await using host = new FollowHost();
  await host.start([server.address]);
  await host.rowsAt(server.wal.latest);
  await host.stop();
  server.wal.append(om.between(9000n, S1));
  await host.start([server.address]);
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.count('snapshot:begin')).toBe(1);
});

it('goes on with a checkpoint that it had when it was stopped before anything was live', async () => {
  await using server = await startOmServer({ checkpoint: () => om.tar('om0'), batches: om.batches });
  await using host = new FollowHost();
  await host.start([server.address]);
  await host.until('rebuild:begin');
  await host.stop();
  await host.start([server.address]);
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.count('snapshot:begin')).toBe(1);
});

it('defect 1: tries network errors again, longer each time, and fetches no checkpoint for them', async () => {
  const server = await startOmServer({ checkpoint: () => om.tar('om0'), batches: om.between(0n, 9000n) });
  const { address } = server;
  await using host = new FollowHost();
  await host.start([address]);
  await host.rowsAt(server.wal.latest);
  await server.close();
  const waits: number[] = [];
  for (let failures = 0; failures < 8; failures += 1) {
    const { error, retryInMs } = await host.until('failed');
    expect(error.code).toBe('REPROCESS_OM_UNAVAILABLE');
    waits.push(retryInMs);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(host.parts.follower.status().delta.failed).toBe(true);
  await using again = await startOmServer({
    ...{ httpPort: address.httpPort, grpcPort: address.grpcPort },
    checkpoint: () => om.tar('om1'),
    batches: om.batches,
  });
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.count('snapshot:begin')).toBe(1);
  expect(again.requests.some(({ kind }) => kind === 'checkpoint')).toBe(false);
});
