import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointFault } from '../om-server/faults.ts';
import { startOmServer, type OmServer } from '../om-server/om-server.ts';
import type { StoredRows } from '../../recon/law/stored-rows.ts';
import { FollowHost } from './follow-host.ts';
import { RecordedOm } from './recorded-om.ts';

const om = new RecordedOm('om-live');
const S1 = 19_057n;
const MIDDLE = 9000n;

describe('defect 2: a checkpoint that cannot be used replaces nothing: it is fetched again, the old data is served', () => {
  let server: OmServer;
  let host: FollowHost;
  let before: StoredRows;
  // One host lives through all of them.
  beforeAll(async () => {
    server = await startOmServer({ checkpoint: () => om.tar('om0'), batches: om.between(0n, MIDDLE) });
    host = new FollowHost();
    await host.start([server.address]);
    before = await host.rowsAt(server.wal.latest);
    server.setCheckpoint(() => om.tar('om1'));
    server.wal.append(om.between(MIDDLE, S1));
    server.wal.trim(S1 - 500n);
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await server.close();
  });

  const html: CheckpointFault = {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Welcome</html>',
  };
  it.each<[name: string, code: string, fault: CheckpointFault]>([
    ['one that ends early', 'REPROCESS_ARCHIVE_INVALID', { kind: 'cut', bytes: 40_000 }],
    ['one whose connection breaks', 'REPROCESS_OM_UNAVAILABLE', { kind: 'break', bytes: 40_000 }],
    ['none at all', 'REPROCESS_ANSWER_INVALID', html],
    ['a service that is not ready', 'REPROCESS_OM_UNAVAILABLE', { kind: 'answer', status: 503 }],
    ['authentication wanted', 'REPROCESS_AUTHENTICATION', { kind: 'answer', status: 401 }],
  ])('%s: %s', async (_name, code, fault) => {
    server.setFaults({ checkpoint: fault });
    const { error } = await host.until('failed', ({ error: { code: told } }) => told === code);
    expect(error.code).toBe(code);
    expect(await host.rows()).toEqual(before);
    expect(host.parts.follower.status().snapshot).toMatchObject({ failed: true });
  });

  it('one whose leader changes half-way: REPROCESS_LEADER_CHANGED', async () => {
    server.setFaults({});
    const held = server.holdCheckpoint(2000);
    const failed = host.until('failed', ({ error }) => error.code === 'REPROCESS_LEADER_CHANGED');
    await held.reached;
    server.nodeId = 'om2';
    held.release();
    await failed;
    expect(await host.rows()).toEqual(before);
  });

  it('and at last a good one: nothing of the others is left', async () => {
    await host.until('snapshot:end');
    expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
    const copies = readdirSync(join(host.folder, 'data/om')).filter((name) => name.startsWith('copy-'));
    expect(copies).toHaveLength(1);
    const staging = join(host.folder, 'staging');
    expect(existsSync(staging) ? readdirSync(staging) : []).toEqual([]);
  });
});

it('defect 9: a rebuild that fails is told, tried again without another download, and leaves the old data live', async () => {
  await using server = await startOmServer({
    checkpoint: () => om.tar('om0'),
    batches: om.between(0n, MIDDLE),
  });
  await using host = new FollowHost();
  await host.start([server.address]);
  const before = await host.rowsAt(server.wal.latest);
  const { reprocessor } = host.parts;
  // Another run is going on, held back by the operator; the rebuild from the new checkpoint shares its fate.
  server.setCheckpoint(() => om.tar('om1'));
  server.wal.append(om.between(MIDDLE, S1));
  server.wal.trim(S1 - 500n);
  const operator = new AbortController();
  const held = reprocessor.reprocess({ switch: 'manually', signal: operator.signal });
  const ended = expect(held).rejects.toMatchObject({ code: 'REPROCESS_ABORTED' });
  await host.until('rebuild:begin');
  const failed = host.until('failed', ({ error }) => error.code === 'REPROCESS_ABORTED');
  operator.abort();
  await Promise.all([ended, failed]);
  expect(await host.rows()).toEqual(before);
  await host.until('snapshot:end');
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  expect(host.count('snapshot:begin')).toBe(2);
});

it('defect 25: an operator can rebuild while changes come without end', async () => {
  await using server = await startOmServer({
    checkpoint: () => om.tar('om0'),
    batches: om.between(0n, MIDDLE),
  });
  await using host = new FollowHost();
  await host.start([server.address], 100);
  await host.until('snapshot:end');
  server.wal.append(om.between(MIDDLE, S1));
  const report = await host.parts.reprocessor.reprocess();
  expect(report.outcome).toBe('switched');
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  // Defect 41: what was applied is told as such, whatever else went on.
  expect(host.parts.follower.status().delta).toMatchObject({ failed: false, sequence: S1 });
});
