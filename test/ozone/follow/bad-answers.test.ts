import { describe, expect, it } from 'vitest';
import { updatesFaults } from '../om-server/faults.ts';
import { startOmServer } from '../om-server/om-server.ts';
import { FollowHost } from './follow-host.ts';
import { RecordedOm } from './recorded-om.ts';

const om = new RecordedOm('om-live');
const S1 = 19_057n;
const MIDDLE = 9000n;

function changed(batch: Uint8Array, change: (bytes: Buffer) => Buffer | undefined): Uint8Array {
  const bytes = Buffer.from(batch);
  return change(bytes) ?? bytes;
}

describe('a batch that cannot be used ends in a new checkpoint, and the old data is served until then', () => {
  const damages: readonly [name: string, code: string, change: (bytes: Buffer) => Buffer | undefined][] = [
    ['truncated', 'REPROCESS_BATCH_CORRUPT', (bytes) => bytes.subarray(0, bytes.length - 3)],
    ['with a wrong count', 'REPROCESS_BATCH_CORRUPT', (bytes) => void (bytes[8] = (bytes[8] ?? 0) ^ 4)],
    ['with an unknown tag', 'REPROCESS_BATCH_UNSUPPORTED', (bytes) => void (bytes[12] = 0x7f)],
    ['with a merge', 'REPROCESS_BATCH_UNSUPPORTED', (bytes) => void (bytes[12] = 0x06)],
    ['of an unknown family', 'REPROCESS_FAMILY_UNKNOWN', (bytes) => void (bytes[13] = 0x7e)],
    ['with a wrong length', 'REPROCESS_BATCH_CORRUPT', (bytes) => void bytes.fill(0xff, 14, 18)],
  ];
  it.each(damages)('%s: %s', async (_name, code, change) => {
    const rest = om.between(MIDDLE, S1);
    await using server = await startOmServer({
      checkpoint: () => om.tar('om0'),
      batches: om.between(0n, MIDDLE),
    });
    await using host = new FollowHost();
    await host.start([server.address]);
    await host.rowsAt(server.wal.latest);
    const before = await host.rows();
    const damaged = rest.map((batch, index) => (index === 40 ? changed(batch, change) : batch));
    server.wal.replace([...om.between(0n, MIDDLE), ...damaged], S1);
    server.setCheckpoint(() => om.tar('om1'));
    const held = server.holdCheckpoint(1000);
    const { cause, error } = await host.until('snapshot:begin');
    await held.reached;
    expect([cause, error]).toEqual(['changes-damaged', expect.objectContaining({ code })]);
    expect(await host.rows()).toEqual(before);
    held.release();
    await host.until('snapshot:end');
    expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
  });
});

it('an answer that cannot be understood ends in a new checkpoint', async () => {
  await using server = await startOmServer({
    checkpoint: () => om.tar('om0'),
    batches: om.between(0n, MIDDLE),
  });
  await using host = new FollowHost();
  await host.start([server.address]);
  await host.rowsAt(server.wal.latest);
  server.setFaults({ updates: updatesFaults.notProtobuf });
  server.setCheckpoint(() => om.tar('om1'));
  const { error } = await host.until('snapshot:begin');
  expect(error).toMatchObject({ code: 'REPROCESS_ANSWER_INVALID' });
  server.setFaults({});
  server.wal.append(om.between(MIDDLE, S1));
  expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
});

describe('what may pass by itself is tried again, and costs no checkpoint', () => {
  it.each([
    ['no leader ready', updatesFaults.leaderNotReady, 'REPROCESS_OM_UNAVAILABLE'],
    ['unavailable', updatesFaults.unavailable, 'REPROCESS_OM_UNAVAILABLE'],
    ['a connection that breaks', updatesFaults.reset, 'REPROCESS_OM_UNAVAILABLE'],
    ['authentication wanted', updatesFaults.unauthenticated, 'REPROCESS_AUTHENTICATION'],
    ['permission denied', updatesFaults.permissionDenied, 'REPROCESS_AUTHENTICATION'],
  ])('%s', async (_name, fault, code) => {
    await using server = await startOmServer({
      checkpoint: () => om.tar('om0'),
      batches: om.between(0n, MIDDLE),
    });
    await using host = new FollowHost();
    await host.start([server.address]);
    await host.rowsAt(server.wal.latest);
    const before = await host.rows();
    server.setFaults({ updates: fault });
    for (let times = 0; times < 3; times += 1) {
      const { error } = await host.until('failed');
      expect(error.code).toBe(code);
    }
    expect(await host.rows()).toEqual(before);
    server.setFaults({});
    server.wal.append(om.between(MIDDLE, S1));
    expect(await host.rowsAt(S1)).toEqual(await om.rebuilt());
    expect(host.count('snapshot:begin')).toBe(1);
  });
});
