import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OmClient, openOmCheckpoint } from '../../../src/ozone/index.ts';
import { archiveExpectations, archiveFixture, digestsOf, rocksFixture } from '../checkpoint-fixtures.ts';
import { checkpointEntries, tarOf } from '../checkpoint-tars.ts';
import { startOmServer } from '../om-server/om-server.ts';
import { startOmService } from '../om-server/om-service.ts';
import { makeStaging } from './staging.ts';
import { until } from './until.ts';

const tar = await tarOf(checkpointEntries());
const checkpoint = (): Uint8Array => tar;

describe('OmClient.checkpoint', () => {
  it('fetches the checkpoint of a real Ozone Manager, which reads as RocksDB reads it', async () => {
    const real = gunzipSync(readFileSync(archiveFixture('om-live/om0')));
    using staging = makeStaging();
    await using service = await startOmService([{ nodeId: 'om7', checkpoint: () => real }]);
    const { directory, leader, address } = await service.client.checkpoint(staging.request);
    expect({ leader, address }).toEqual({ leader: 'om7', address: service.server.address });
    expect(staging.names().map((name) => join(staging.directory, name))).toEqual([directory]);
    await using opened = await openOmCheckpoint(directory);
    const expected = archiveExpectations['om-live/om0'];
    expect(opened.sequence).toBe(BigInt(expected?.sequence ?? -1));
    expect({ default: expected?.families['default'], ...(await digestsOf(opened, opened.tables)) }).toEqual(
      expected?.families,
    );
  });

  it('asks who leads, fetches, and asks again', async () => {
    using staging = makeStaging();
    await using service = await startOmService([{ checkpoint }]);
    await service.client.checkpoint(staging.request);
    const harmless = { kind: 'updates', after: (1n << 63n) - 1n, limit: 1n };
    expect(service.server.requests).toMatchObject([
      harmless,
      { kind: 'checkpoint', url: '/dbCheckpoint?flushBeforeCheckpoint=true' },
      harmless,
    ]);
    await service.server.idle();
  });

  it('takes it gzipped too', async () => {
    using staging = makeStaging();
    await using service = await startOmService([{ checkpoint: () => gzipSync(tar) }]);
    const { directory } = await service.client.checkpoint(staging.request);
    expect(readdirSync(directory)).toEqual(expect.arrayContaining(readdirSync(rocksFixture('wal'))));
  });

  it('takes version 2 where version 1 is not served', async () => {
    using staging = makeStaging();
    await using service = await startOmService([{ checkpoint }]);
    service.server.setFaults({ checkpoint: { kind: 'no-v1' } });
    const { directory } = await service.client.checkpoint(staging.request);
    expect(readdirSync(directory)).toContain('CURRENT');
    expect(service.server.requests.flatMap((request) => ('url' in request ? [request.url] : []))).toEqual([
      '/dbCheckpoint?flushBeforeCheckpoint=true',
      '/v2/dbCheckpoint?includeSnapshotData=false&flushBeforeCheckpoint=true',
    ]);
  });

  it.each([
    ['http:', 9874],
    ['https:', 9875],
  ] as const)('is fetched with %s from port %i unless another is given', async (protocol, port) => {
    using staging = makeStaging();
    await using server = await startOmServer();
    const { host, grpcPort } = server.address;
    const urls: string[] = [];
    const fetch = async (url: unknown): Promise<Response> => {
      urls.push(String(url));
      return new Response(Uint8Array.from(tar));
    };
    await using client = new OmClient({ addresses: [{ host, grpcPort }], protocol, fetch });
    expect(await client.checkpoint(staging.request)).toMatchObject({
      address: { host, httpPort: port, grpcPort },
    });
    expect(urls).toEqual([`${protocol}//${host}:${port}/dbCheckpoint?flushBeforeCheckpoint=true`]);
  });

  it('unpacks while it comes, and tells how many bytes have come', async () => {
    using staging = makeStaging();
    await using service = await startOmService([{ checkpoint }]);
    const gate = service.server.holdCheckpoint(tar.length - 4096);
    const sums: number[] = [];
    const fetched = service.client.checkpoint({ ...staging.request, onBytes: (bytes) => sums.push(bytes) });
    await gate.reached;
    await until(() => staging.unpacked() > 1);
    expect(sums.at(-1)).toBe(tar.length - 4096);
    gate.release();
    await fetched;
    expect(sums.at(-1)).toBe(tar.length);
    expect(sums).toEqual([...sums].sort((a, b) => a - b));
  });

  it('is not disturbed by a listener that throws', async () => {
    using staging = makeStaging();
    await using service = await startOmService([{ checkpoint }]);
    const onBytes = (): void => {
      throw new Error('of the listener');
    };
    await expect(service.client.checkpoint({ ...staging.request, onBytes })).resolves.toMatchObject({
      leader: 'om1',
    });
  });

  it('comes from the leader, wherever that is', async () => {
    using staging = makeStaging();
    const others = { leader: false, checkpoint };
    await using service = await startOmService([
      { ...others, nodeId: 'om1' },
      { nodeId: 'om2', checkpoint },
      { ...others, nodeId: 'om3' },
    ]);
    expect(await service.client.checkpoint(staging.request)).toMatchObject({
      leader: 'om2',
      address: service.servers[1]?.address,
    });
    expect(service.servers.map(({ requests }) => requests.length)).toEqual([1, 3, 0]);
  });
});

describe('a leader that changes', () => {
  const two = [
    { nodeId: 'om1', checkpoint },
    { nodeId: 'om2', checkpoint, leader: false },
  ];

  it('while the checkpoint comes has its own code, and nothing is left', async () => {
    using staging = makeStaging();
    await using service = await startOmService(two);
    const gate = service.server.holdCheckpoint(tar.length >> 1);
    const fetched = service.client.checkpoint(staging.request);
    const refused = expect(fetched).rejects.toMatchObject({
      code: 'REPROCESS_LEADER_CHANGED',
      details: { before: 'om1', after: 'om2' },
    });
    await gate.reached;
    service.servers[0]?.setLeader(false);
    service.servers[1]?.setLeader(true);
    gate.release();
    await refused;
    expect(staging.names()).toEqual([]);
    // The new one's is fetched the next time.
    expect(await service.client.checkpoint(staging.request)).toMatchObject({ leader: 'om2' });
  });

  it('between the question and the checkpoint: the new one serves it', async () => {
    using staging = makeStaging();
    await using service = await startOmService(two);
    service.server.setFaults({ checkpoint: { kind: 'answer', status: 503 } });
    const gate = service.server.holdCheckpoint();
    gate.release();
    service.servers[1]?.setLeader(true);
    expect(await service.client.checkpoint(staging.request)).toMatchObject({ leader: 'om2' });
    expect(staging.names()).toHaveLength(1);
  });

  it('and that nobody can name any more is unavailable, and nothing is left', async () => {
    using staging = makeStaging();
    await using service = await startOmService(two);
    const gate = service.server.holdCheckpoint(tar.length);
    const refused = expect(service.client.checkpoint(staging.request)).rejects.toMatchObject({
      code: 'REPROCESS_OM_UNAVAILABLE',
    });
    await gate.reached;
    service.server.setLeader(false);
    gate.release();
    await refused;
    expect(staging.names()).toEqual([]);
  });
});
