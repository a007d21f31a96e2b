import { createServer } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it, vi } from 'vitest';
import { OMResponseSchema } from '../../../src/ozone/om-client/om-protocol.ts';
import { closedPort } from '../om-server/listening.ts';
import { startOmService } from '../om-server/om-service.ts';
import { sequencesOf, writeBatch, writeBatches } from '../om-server/write-batches.ts';

const firsts = (batches: readonly Uint8Array[]): bigint[] => batches.map((batch) => sequencesOf(batch).first);

describe('OmClient.updates', () => {
  it('gives the batches that came after a sequence, byte for byte', async () => {
    const batches = writeBatches(1n, [3, 1, 2]);
    await using service = await startOmService([{ batches, nodeId: 'om7' }], { clientId: 'host 7' });
    const updates = await service.client.updates({ after: 3n });
    expect(updates).toEqual({
      batches: [expect.anything(), expect.anything()],
      latest: 6n,
      leader: 'om7',
      address: service.server.address,
    });
    expect(updates.batches.map((batch) => Buffer.from(batch))).toEqual(
      batches.slice(1).map((batch) => Buffer.from(batch)),
    );
    expect(service.server.requests).toMatchObject([
      { kind: 'updates', after: 3n, limit: 50_000n, clientId: 'host 7' },
    ]);
  });

  it('gives nothing when there is nothing new', async () => {
    await using service = await startOmService([{ batches: writeBatches(1n, [3]) }]);
    expect(await service.client.updates({ after: 3n })).toMatchObject({
      batches: [],
      latest: 3n,
      leader: 'om1',
    });
  });

  it('asks for about as many operations as wanted', async () => {
    await using service = await startOmService([{ batches: writeBatches(1n, [2, 2, 2, 2]) }]);
    const updates = await service.client.updates({ after: 0n, limit: 3 });
    expect(firsts(updates.batches)).toEqual([1n, 3n]);
    expect(updates.latest).toBe(8n);
  });

  it('takes an answer of any size', async () => {
    const batches = writeBatches(1n, [400_000, 400_000]);
    await using service = await startOmService([{ batches }]);
    const updates = await service.client.updates({ after: 0n, limit: 1_000_000 });
    expect(updates.batches.map((batch) => batch.length)).toEqual(batches.map((batch) => batch.length));
    expect(batches.reduce((sum, batch) => sum + batch.length, 0)).toBeGreaterThan(8 << 20);
  });

  it('carries sequences up to the largest', async () => {
    const first = (1n << 63n) - 2n;
    await using service = await startOmService([{ batches: [writeBatch(first)] }]);
    const updates = await service.client.updates({ after: first - 1n });
    expect([firsts(updates.batches), updates.latest]).toEqual([[first], first]);
  });

  it('says that the history is another one when the sequence lies in the future', async () => {
    await using service = await startOmService([{ batches: writeBatches(1n, [3]) }]);
    await expect(service.client.updates({ after: 4n })).rejects.toMatchObject({
      code: 'REPROCESS_HISTORY_CHANGED',
      details: { after: 4n, leader: 'om1' },
    });
  });

  it.each<[string, bigint, string]>([
    ['later batches are there', 3n, 'Unable to read full data'],
    ['nothing is', 6n, 'Invalid transaction log iterator'],
  ])('says that changes are gone, when %s', async (_, trimmed, words) => {
    await using service = await startOmService([{ batches: writeBatches(1n, [3, 3]) }]);
    service.server.wal.trim(trimmed);
    await expect(service.client.updates({ after: 0n })).rejects.toMatchObject({
      code: 'REPROCESS_SEQUENCE_GAP',
      message: expect.stringContaining(words) as string,
    });
  });

  it('names a leader without a node id by its address', async () => {
    await using service = await startOmService([{ nodeId: undefined }]);
    const { host, grpcPort } = service.server.address;
    expect((await service.client.updates({ after: 0n })).leader).toBe(`${host}:${grpcPort}`);
  });

  it('does not know the last sequence when the answer does not say it', async () => {
    await using service = await startOmService();
    const dbUpdatesResponse = { sequenceNumber: (1n << 64n) - 1n, dbUpdateSuccess: true };
    const response = create(OMResponseSchema, { cmdType: 53, status: 1, dbUpdatesResponse });
    service.server.setFaults({ updates: { kind: 'answer', bytes: toBinary(OMResponseSchema, response) } });
    expect(await service.client.updates({ after: 0n })).toMatchObject({ batches: [], latest: undefined });
  });

  it('goes past the proxy of the environment, as checkpoints do', async () => {
    await using service = await startOmService();
    vi.stubEnv('grpc_proxy', `http://127.0.0.1:${await closedPort(createServer())}`);
    vi.stubEnv('no_grpc_proxy', undefined);
    vi.stubEnv('no_proxy', undefined);
    try {
      expect(await service.client.updates({ after: 0n })).toMatchObject({ leader: 'om1' });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('leaves no connection behind', async () => {
    await using service = await startOmService();
    await service.client.updates({ after: 0n });
    await service.server.idle();
  });
});
