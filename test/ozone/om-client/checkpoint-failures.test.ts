import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OmClient } from '../../../src/ozone/index.ts';
import { simulatedClock } from '../../../src/testing/simulated-clock.ts';
import { checkpointEntries, tarOf } from '../checkpoint-tars.ts';
import type { CheckpointFault } from '../om-server/faults.ts';
import { startOmService } from '../om-server/om-service.ts';
import { makeStaging } from './staging.ts';
import { until } from './until.ts';

const tar = await tarOf(checkpointEntries());
const checkpoint = (): Uint8Array => tar;
const answer = (status: number, headers: Record<string, string> = {}, body = ''): CheckpointFault => ({
  kind: 'answer',
  status,
  headers,
  body,
});

async function expectCode(
  { fault, served = tar }: { readonly fault?: CheckpointFault; readonly served?: Uint8Array },
  code: string,
  message = /./,
): Promise<void> {
  using staging = makeStaging();
  const clock = simulatedClock();
  await using service = await startOmService([{ checkpoint: () => served }], { clock });
  service.server.setFaults(fault === undefined ? {} : { checkpoint: fault });
  await expect(service.client.checkpoint(staging.request)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
  expect(staging.names()).toEqual([]);
  expect(clock.pending).toBe(0);
  await service.server.idle();
}

describe('a checkpoint that ends early is REPROCESS_ARCHIVE_INVALID', () => {
  it.each([0, 1, 100, 511, 512, 5000, 30_000, tar.length - 1024, tar.length - 512])(
    'after %i bytes',
    async (bytes) => expectCode({ fault: { kind: 'cut', bytes } }, 'REPROCESS_ARCHIVE_INVALID'),
  );

  it('gzipped', async () => {
    const served = gzipSync(tar);
    const fault = { kind: 'cut', bytes: served.length >> 1 } as const;
    await expectCode({ fault, served }, 'REPROCESS_ARCHIVE_INVALID', /truncated or damaged/);
  });

  it('compressed on the way, and damaged there', async () => {
    const zipped = gzipSync(tar);
    zipped.fill(0, zipped.length >> 1);
    const fault = {
      kind: 'answer',
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: zipped,
    } as const;
    await expectCode({ fault }, 'REPROCESS_ARCHIVE_INVALID', /truncated or damaged/);
  });

  it('without the mark of a whole one', async () => {
    const served = await tarOf(checkpointEntries().slice(0, -1));
    await expectCode({ served }, 'REPROCESS_ARCHIVE_INVALID', /no OZONE_RATIS_SNAPSHOT_COMPLETE/);
  });

  it('so is one that is damaged, or that holds something else', async () => {
    // In the name of the second file: the header's checksum tells.
    const second = tar.indexOf('ustar', 600) - 257;
    await expectCode({ fault: { kind: 'flip', byte: second } }, 'REPROCESS_ARCHIVE_INVALID');
    const evil = [...checkpointEntries(), { name: '../evil', content: 'x' }];
    await expectCode({ served: await tarOf(evil) }, 'REPROCESS_ARCHIVE_INVALID', /leads outside/);
  });
});

describe('a checkpoint that cannot be had is REPROCESS_OM_UNAVAILABLE', () => {
  it.each([408, 429, 502, 503, 504])('HTTP %i', async (status) =>
    expectCode({ fault: answer(status) }, 'REPROCESS_OM_UNAVAILABLE', new RegExp(`HTTP status ${status}`)),
  );

  it.each([0, 100, 5000, 30_000])('a connection that breaks after %i bytes', async (bytes) =>
    expectCode({ fault: { kind: 'break', bytes } }, 'REPROCESS_OM_UNAVAILABLE'),
  );

  it('a server that does not listen there', async () => {
    using staging = makeStaging();
    await using service = await startOmService();
    await using gone = await startOmService();
    const { httpPort } = gone.server.address;
    await gone.server.close();
    const address = { ...service.server.address, httpPort };
    await using client = new OmClient({ addresses: [address] });
    await expect(client.checkpoint(staging.request)).rejects.toMatchObject({
      code: 'REPROCESS_OM_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it.each([
    ['its answer', 0, 0],
    ['the first bytes', 100, 100],
    ['the next bytes', 5000, 5000],
  ])('a server that says nothing for too long, in front of %s', async (_, at, seen) => {
    using staging = makeStaging();
    const clock = simulatedClock();
    await using service = await startOmService([{ checkpoint }], { clock, timeoutMs: 5000 });
    const gate = service.server.holdCheckpoint(at);
    let came = 0;
    let ended = false;
    const onBytes = (bytes: number): void => {
      came = bytes;
    };
    const refused = expect(
      service.client.checkpoint({ ...staging.request, onBytes }).finally(() => {
        ended = true;
      }),
    ).rejects.toMatchObject({
      code: 'REPROCESS_OM_UNAVAILABLE',
      message: expect.stringContaining('nothing came for 5000 ms') as string,
    });
    await gate.reached;
    await until(() => clock.pending === 1 && came === (seen < 512 ? 0 : seen));
    await clock.advance(4999);
    expect(ended).toBe(false);
    await clock.advance(1);
    await refused;
    expect(staging.names()).toEqual([]);
    expect(clock.pending).toBe(0);
    await service.server.idle();
  });

  it('but one that is slow is waited for', async () => {
    using staging = makeStaging();
    const clock = simulatedClock();
    await using service = await startOmService([{ checkpoint }], { clock, timeoutMs: 5000 });
    let came = 0;
    const onBytes = (bytes: number): void => {
      came = bytes;
    };
    const gate = service.server.holdCheckpoint(5000);
    const fetched = service.client.checkpoint({ ...staging.request, onBytes });
    await gate.reached;
    await until(() => came === 5000 && clock.pending === 1);
    await clock.advance(4999);
    const last = service.server.holdUpdates();
    gate.release();
    await last.reached;
    await clock.advance(4999);
    last.release();
    await fetched;
    expect(clock.pending).toBe(0);
  });
});

describe('a refusal is REPROCESS_AUTHENTICATION', () => {
  it.each([401, 403])('HTTP %i', async (status) =>
    expectCode({ fault: answer(status, { 'www-authenticate': 'Negotiate' }) }, 'REPROCESS_AUTHENTICATION'),
  );

  // Node's own fetch fails with 407; others may show it.
  it('HTTP 407', async () => {
    using staging = makeStaging();
    const fetch = async (): Promise<Response> => new Response(null, { status: 407 });
    await using service = await startOmService([{}], { fetch });
    await expect(service.client.checkpoint(staging.request)).rejects.toMatchObject({
      code: 'REPROCESS_AUTHENTICATION',
    });
  });

  it.each([301, 302, 303, 307, 308])('a redirect to a login page, HTTP %i', async (status) => {
    const location = 'https://login.example/sso?token=secret';
    const fault = answer(status, { location }, 'moved');
    await expectCode({ fault }, 'REPROCESS_AUTHENTICATION', /redirects to https:\/\/login\.example\/sso, as/);
  });
});

describe('what cannot be understood is REPROCESS_ANSWER_INVALID', () => {
  it.each<[string, CheckpointFault]>([
    ['a page', answer(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>Welcome</html>')],
    ['JSON', answer(200, { 'content-type': 'application/json' }, '{}')],
    ['bytes that are no tar', answer(200, { 'content-type': 'application/x-tar' }, 'no tar. '.repeat(100))],
    ['HTTP 204', answer(204)],
    ['HTTP 400', answer(400)],
    ['HTTP 404, of both versions', answer(404)],
    ['HTTP 500', answer(500)],
    ['HTTP 500 with a long story', answer(500, {}, 'java.lang. '.repeat(1 << 20))],
  ])('%s', async (_, fault) => expectCode({ fault }, 'REPROCESS_ANSWER_INVALID'));
});
