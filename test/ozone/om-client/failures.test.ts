import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DBUpdatesResponseSchema, OMResponseSchema } from '../../../src/ozone/om-client/om-protocol.ts';
import { simulatedClock } from '../../../src/testing/simulated-clock.ts';
import { notLeader, updatesFaults, type UpdatesFault } from '../om-server/faults.ts';
import { startOmService } from '../om-server/om-service.ts';
import { failedAnswer } from '../om-server/updates-answer.ts';
import { writeBatch } from '../om-server/write-batches.ts';

const status = (code: number, message: string): UpdatesFault => ({ kind: 'status', status: code, message });
const answer = (bytes: Uint8Array): UpdatesFault => ({ kind: 'answer', bytes });
const broken = (fields: object): UpdatesFault =>
  answer(toBinary(OMResponseSchema, create(OMResponseSchema, { cmdType: 53, status: 1, ...fields })));
const updates = { sequenceNumber: 1n, dbUpdateSuccess: true };

async function expectCode(fault: UpdatesFault, code: string): Promise<void> {
  await using service = await startOmService();
  service.server.setFaults({ updates: fault });
  await expect(service.client.updates({ after: 0n })).rejects.toMatchObject({ code });
  expect(service.server.requests.length).toBeLessThanOrEqual(1);
  await service.server.idle();
  // Right again at once, whatever it was.
  service.server.setFaults({});
  await expect(service.client.updates({ after: 0n })).resolves.toMatchObject({ batches: [] });
}

describe('an answer that cannot be had is REPROCESS_OM_UNAVAILABLE', () => {
  it.each<[string, UpdatesFault]>([
    ['a node that does not lead', notLeader('om2')],
    ['a leader that is not ready', updatesFaults.leaderNotReady],
    ['RST_STREAM without an error', { kind: 'reset', code: 0 }],
    ['RST_STREAM with an internal error', updatesFaults.reset],
    ['RST_STREAM: refused', { kind: 'reset', code: 7 }],
    ['RST_STREAM: cancelled', { kind: 'reset', code: 8 }],
    ['RST_STREAM: too much asked', { kind: 'reset', code: 11 }],
    ['RST_STREAM as Ozone 2.2.0 tells it', status(13, 'Received RST_STREAM with code 2')],
    ['UNAVAILABLE', updatesFaults.unavailable],
    ['DEADLINE_EXCEEDED', status(4, 'late')],
    ['HTTP 502', { kind: 'http', status: 502 }],
    ['HTTP 503', { kind: 'http', status: 503 }],
    ['HTTP 429', { kind: 'http', status: 429 }],
    ['an Ozone Manager that is not initialized', answer(failedAnswer(20, 'OM is not initialized'))],
    [
      'a node that does not lead, told in the answer',
      answer(failedAnswer(15, 'OMNotLeaderException: OM:om2')),
    ],
  ])('%s', (_, fault) => expectCode(fault, 'REPROCESS_OM_UNAVAILABLE'));

  it('a server that is gone, with the reason', async () => {
    await using service = await startOmService();
    const { host, grpcPort } = service.server.address;
    await service.server.close();
    await expect(service.client.updates({ after: 0n })).rejects.toMatchObject({
      code: 'REPROCESS_OM_UNAVAILABLE',
      details: {
        addresses: [
          { address: `${host}:${grpcPort}`, reason: expect.stringContaining('ECONNREFUSED') as string },
        ],
      },
    });
  });

  it('a server that is killed while it answers', async () => {
    await using service = await startOmService();
    const gate = service.server.holdUpdates();
    const asked = service.client.updates({ after: 0n });
    const refused = expect(asked).rejects.toMatchObject({ code: 'REPROCESS_OM_UNAVAILABLE' });
    await gate.reached;
    await service.server.close();
    await refused;
  });

  it('a server that says nothing for too long, and not before', async () => {
    const clock = simulatedClock();
    await using service = await startOmService([{ batches: [writeBatch(1n)] }], { clock, timeoutMs: 5000 });
    const slow = service.server.holdUpdates();
    const patient = service.client.updates({ after: 0n });
    await slow.reached;
    await clock.advance(4999);
    slow.release();
    expect((await patient).latest).toBe(1n);
    const silent = service.server.holdUpdates();
    const asked = service.client.updates({ after: 0n });
    const refused = expect(asked).rejects.toMatchObject({
      code: 'REPROCESS_OM_UNAVAILABLE',
      message: expect.stringContaining('no answer came within 5000 ms') as string,
    });
    await silent.reached;
    await clock.advance(5000);
    await refused;
    expect(clock.pending).toBe(0);
  });
});

describe('a refusal is REPROCESS_AUTHENTICATION', () => {
  it.each<[string, UpdatesFault]>([
    ['UNAUTHENTICATED', updatesFaults.unauthenticated],
    ['PERMISSION_DENIED', updatesFaults.permissionDenied],
    ['HTTP 401', { kind: 'http', status: 401 }],
    ['HTTP 403', { kind: 'http', status: 403 }],
    ["Ozone's PERMISSION_DENIED", updatesFaults.accessDenied],
    ["Ozone's INVALID_TOKEN", answer(failedAnswer(34, 'Invalid token'))],
    ["Ozone's TOKEN_EXPIRED", answer(failedAnswer(35, 'Token has expired'))],
  ])('%s', (_, fault) => expectCode(fault, 'REPROCESS_AUTHENTICATION'));
});

describe('what cannot be understood is REPROCESS_ANSWER_INVALID', () => {
  it.each<[string, UpdatesFault]>([
    ['bytes that are no protobuf', updatesFaults.notProtobuf],
    ['no bytes', answer(new Uint8Array(0))],
    ['an answer without a status', answer(Uint8Array.from([0x08, 53]))],
    ['an answer without a command', answer(Uint8Array.from([0x28, 1]))],
    ['an answer to another command', broken({ cmdType: 11, dbUpdatesResponse: updates })],
    ['an answer without updates', broken({})],
    // Field 52, empty: its sequence number is required.
    ['updates without a sequence', answer(Uint8Array.from([0x08, 53, 0x28, 1, 0xa2, 0x03, 0]))],
    ['an answer that was cut short', answer(Uint8Array.from([0x08, 53, 0x28, 1, 0xa2, 0x03, 9, 0x08]))],
    [
      'updates that broke off in the middle',
      broken({ dbUpdatesResponse: { ...updates, data: [writeBatch(1n)], dbUpdateSuccess: false } }),
    ],
    ['another status of Ozone', answer(failedAnswer(39, 'Invalid request'))],
    ['an internal error of Ozone', answer(failedAnswer(15, 'java.lang.NullPointerException'))],
    ['no success, though the status is OK', broken({ success: false, dbUpdatesResponse: updates })],
    ['gRPC status 2', updatesFaults.malformedRequest],
    ['gRPC status 13', status(13, '')],
    ['a server without that method', status(12, 'Method not found')],
    ['HTTP 404', { kind: 'http', status: 404 }],
    ['a frame that is cut short', { kind: 'short-frame' }],
  ])('%s', (_, fault) => expectCode(fault, 'REPROCESS_ANSWER_INVALID'));

  it('or the damage shows in the batches: never another failure', async () => {
    const good = toBinary(
      OMResponseSchema,
      create(OMResponseSchema, {
        cmdType: 53,
        status: 1,
        leaderOMNodeId: 'om1',
        dbUpdatesResponse: create(DBUpdatesResponseSchema, { ...updates, data: [writeBatch(1n)] }),
      }),
    );
    const known = new Set([
      'REPROCESS_ANSWER_INVALID',
      'REPROCESS_HISTORY_CHANGED',
      'REPROCESS_AUTHENTICATION',
    ]);
    known.add('REPROCESS_OM_UNAVAILABLE');
    await using service = await startOmService();
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bytes = Uint8Array.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      service.server.setFaults({ updates: answer(bytes) });
      const code = await service.client.updates({ after: 0n }).then(
        () => 'REPROCESS_ANSWER_INVALID',
        (error: unknown) => (error as { code?: string }).code,
      );
      expect(known, `bit ${bit}`).toContain(code);
    }
  });
});

describe('a call that is ended', () => {
  it('ends at once with the signal, wherever it is', async () => {
    await using service = await startOmService();
    const controller = new AbortController();
    const gate = service.server.holdUpdates();
    const asked = service.client.updates({ after: 0n, signal: controller.signal });
    await gate.reached;
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toMatchObject({ code: 'REPROCESS_ABORTED', cause: { message: 'enough' } });
    await service.server.idle();
    await expect(service.client.updates({ after: 0n, signal: controller.signal })).rejects.toMatchObject({
      code: 'REPROCESS_ABORTED',
    });
    expect(service.server.requests).toHaveLength(1);
  });

  it('ends with the client, after which nothing is asked', async () => {
    const clock = simulatedClock();
    await using service = await startOmService([{}], { clock });
    const gate = service.server.holdUpdates();
    const asked = expect(service.client.updates({ after: 0n })).rejects.toMatchObject({
      code: 'REPROCESS_CLOSED',
    });
    await gate.reached;
    await service.client.close();
    await asked;
    await service.client.close();
    expect(clock.pending).toBe(0);
    await expect(service.client.updates({ after: 0n })).rejects.toMatchObject({ code: 'REPROCESS_CLOSED' });
    await expect(service.client.checkpoint({ directory: 'unused' })).rejects.toMatchObject({
      code: 'REPROCESS_CLOSED',
    });
    expect(service.server.requests).toHaveLength(1);
  });
});
