import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startOmServer, type OmServer } from '../om-server/om-server.ts';
import { sequencesOf } from '../om-server/write-batches.ts';
import { FollowHost } from './follow-host.ts';
import { RecordedOm } from './recorded-om.ts';

const om = new RecordedOm('om-live');
const S0 = 5421n;
const S1 = 19_057n;
const MIDDLE = 9000n;

interface HalfWay extends AsyncDisposable {
  readonly server: OmServer;
  readonly host: FollowHost;
}

/** A host that has followed up to the middle of the session. */
async function halfWay(): Promise<HalfWay> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(
    await startOmServer({ checkpoint: () => om.tar('om0'), batches: om.between(0n, MIDDLE) }),
  );
  const host = stack.use(new FollowHost());
  await host.start([server.address]);
  await host.rowsAt(server.wal.latest);
  return { server, host, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

it('defect 1: serves the old data until the tables of a new checkpoint are live, when the changes since the last are gone', async () => {
  await using half = await halfWay();
  const { server, host } = half;
  const before = await host.rows();
  const { history } = host.parts.mirror.live ?? {};
  server.setCheckpoint(() => om.tar('om1'));
  server.wal.append(om.between(MIDDLE, S1));
  server.wal.trim(S1 - 500n);
  const held = server.holdCheckpoint(2000);
  const { cause } = await host.until('snapshot:begin');
  await held.reached;
  expect(cause).toBe('changes-gone');
  expect(await host.rows()).toEqual(before);
  held.release();
  await host.until('snapshot:end');
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  // The same node counts on: nothing is thrown away that the sequences still mean.
  expect(host.parts.mirror.live?.history).toBe(history);
});

it('takes a new checkpoint from a node whose sequences lie lower: it was set back', async () => {
  await using half = await halfWay();
  const { server, host } = half;
  const { history } = host.parts.mirror.live ?? {};
  server.wal.replace(om.between(0n, S0 + 500n));
  const { cause, error } = await host.until('snapshot:begin');
  expect([cause, error]).toEqual([
    'history-changed',
    expect.objectContaining({ code: 'REPROCESS_HISTORY_CHANGED' }),
  ]);
  server.wal.append(om.between(S0 + 500n, S1));
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.parts.mirror.live?.history).not.toBe(history);
});

it('defect 18: takes a new checkpoint from another node that has other changes under the same sequences', async () => {
  await using half = await halfWay();
  const { server, host } = half;
  const { httpPort, grpcPort } = server.address;
  await server.close();
  const others = om.batches.map((batch) => {
    const { last } = sequencesOf(batch);
    if (last !== MIDDLE && !isLastBefore(batch, MIDDLE)) return batch;
    const changed = Buffer.from(batch);
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    return changed;
  });
  await using other = await startOmServer({
    ...{ httpPort, grpcPort, nodeId: 'om2' },
    checkpoint: () => om.tar('om1'),
    batches: others,
  });
  const { cause } = await host.until('snapshot:begin');
  expect(cause).toBe('history-changed');
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(other.requests.at(0)).toMatchObject({ kind: 'updates' });
});

function isLastBefore(batch: Uint8Array, sequence: bigint): boolean {
  const { first, last } = sequencesOf(batch);
  return om.between(first - 1n, sequence).at(-1) === batch && last <= sequence;
}

it('sees that a node was set back between two polls, though it never failed to answer', async () => {
  await using half = await halfWay();
  const { server, host } = half;
  const taken = om.between(0n, MIDDLE);
  const last = Buffer.from(taken.at(-1) ?? '');
  last.writeUInt8(last.readUInt8(last.length - 1) ^ 1, last.length - 1);
  server.wal.replace([...taken.slice(0, -1), last, ...om.between(MIDDLE, S1)]);
  server.setCheckpoint(() => om.tar('om1'));
  const { cause } = await host.until('snapshot:begin');
  expect(cause).toBe('history-changed');
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
});

it('defect 7: deletes the checkpoints that a crash has left between fetching and taking them in', async () => {
  await using server = await startOmServer({ checkpoint: () => om.tar('om0'), batches: om.batches });
  await using host = new FollowHost();
  const staging = join(host.folder, 'staging');
  mkdirSync(join(staging, 'om-checkpoint-0123456789ab'), { recursive: true });
  await host.start([server.address]);
  await host.rowsAt(S1);
  expect(readdirSync(staging)).toEqual([]);
});

it('goes on with another node that shows the very same last batch', async () => {
  await using half = await halfWay();
  const { server, host } = half;
  const { httpPort, grpcPort } = server.address;
  await server.close();
  await using same = await startOmServer({
    ...{ httpPort, grpcPort, nodeId: 'om2' },
    checkpoint: () => om.tar('om1'),
    batches: om.batches,
  });
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.count('snapshot:begin')).toBe(1);
  expect(same.requests.some(({ kind }) => kind === 'checkpoint')).toBe(false);
});

it('follows the leader among several', async () => {
  await using first = await startOmServer({ leader: false, nodeId: 'om1' });
  await using second = await startOmServer({
    nodeId: 'om2',
    checkpoint: () => om.tar('om0'),
    batches: om.batches,
  });
  await using host = new FollowHost();
  await host.start([first.address, second.address]);
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.parts.follower.status().leader).toBe('om2');
});
