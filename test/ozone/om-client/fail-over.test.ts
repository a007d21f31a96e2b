import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { OmClient } from '../../../src/ozone/index.ts';
import { updatesFaults } from '../om-server/faults.ts';
import { closedPort } from '../om-server/listening.ts';
import { startOmService, type OmService } from '../om-server/om-service.ts';
import { writeBatches } from '../om-server/write-batches.ts';

const batches = writeBatches(1n, [2, 2]);

/** Three nodes of which one leads. */
const startThree = (leading: number): Promise<OmService> =>
  startOmService([0, 1, 2].map((node) => ({ nodeId: `om${node + 1}`, leader: node === leading, batches })));

const counts = ({ servers }: OmService): number[] => servers.map(({ requests }) => requests.length);

describe('several Ozone Managers', () => {
  it.each([0, 1, 2])('the leader is found, here number %i', async (leading) => {
    await using service = await startThree(leading);
    const updates = await service.client.updates({ after: 2n });
    expect(updates).toMatchObject({
      leader: `om${leading + 1}`,
      address: service.servers[leading]?.address,
      latest: 4n,
    });
  });

  it('the leader is asked first the next time', async () => {
    await using service = await startThree(1);
    await service.client.updates({ after: 2n });
    expect(counts(service)).toEqual([1, 1, 0]);
    await service.client.updates({ after: 2n });
    expect(counts(service)).toEqual([1, 2, 0]);
    service.servers[1]?.setLeader(false);
    service.servers[0]?.setLeader(true);
    expect(await service.client.updates({ after: 2n })).toMatchObject({ leader: 'om1' });
    expect(counts(service)).toEqual([2, 3, 1]);
    await service.client.updates({ after: 2n });
    expect(counts(service)).toEqual([3, 3, 1]);
  });

  it('those that are down or fail are passed over', async () => {
    await using service = await startThree(2);
    await service.servers[0]?.close();
    service.servers[1]?.setFaults({ updates: updatesFaults.reset });
    expect(await service.client.updates({ after: 2n })).toMatchObject({ leader: 'om3' });
  });

  it('when all fail each has its reason', async () => {
    await using service = await startThree(2);
    await service.servers[0]?.close();
    service.servers[2]?.setFaults({ updates: updatesFaults.leaderNotReady });
    const at = service.servers.map(({ address: { host, grpcPort } }) => `${host}:${grpcPort}`);
    await expect(service.client.updates({ after: 2n })).rejects.toMatchObject({
      code: 'REPROCESS_OM_UNAVAILABLE',
      details: {
        addresses: [
          { address: at[0], reason: expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1:\d+$/) as string },
          { address: at[1], reason: expect.stringContaining('OMNotLeaderException') as string },
          { address: at[2], reason: expect.stringContaining('OMLeaderNotReadyException') as string },
        ],
      },
    });
  });

  it('a refusal is told at once, and hidden by nobody', async () => {
    await using service = await startThree(1);
    service.servers[0]?.setFaults({ updates: updatesFaults.unauthenticated });
    await expect(service.client.updates({ after: 2n })).rejects.toMatchObject({
      code: 'REPROCESS_AUTHENTICATION',
    });
    expect(counts(service)).toEqual([1, 0, 0]);
  });

  it('what the leader says about the sequence is final', async () => {
    await using service = await startThree(1);
    await expect(service.client.updates({ after: 5n })).rejects.toMatchObject({
      code: 'REPROCESS_HISTORY_CHANGED',
    });
    expect(counts(service)).toEqual([1, 1, 0]);
  });

  it('one that comes back on its port is found at once', async () => {
    await using service = await startOmService([{ batches }]);
    const { httpPort, grpcPort } = service.server.address;
    await service.server.close();
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(service.client.updates({ after: 2n })).rejects.toMatchObject({
        code: 'REPROCESS_OM_UNAVAILABLE',
      });
    }
    await using again = await startOmService([{ batches, httpPort, grpcPort }]);
    expect(await service.client.updates({ after: 2n })).toMatchObject({ latest: 4n });
    expect(again.server.requests).toHaveLength(1);
  });

  it('a name that is no host is unavailable', async () => {
    const grpcPort = await closedPort(createServer());
    await using client = new OmClient({ addresses: [{ host: 'no-such-host.invalid', grpcPort }] });
    await expect(client.updates({ after: 0n })).rejects.toMatchObject({ code: 'REPROCESS_OM_UNAVAILABLE' });
  });
});
