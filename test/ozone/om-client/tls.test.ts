import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, describe, expect, it } from 'vitest';
import { OmClient } from '../../../src/ozone/index.ts';
import { makeTempDirectory } from '../checkpoint-fixtures.ts';
import { checkpointEntries, tarOf } from '../checkpoint-tars.ts';
import type { Tls } from '../om-server/listening.ts';
import { startOmService } from '../om-server/om-service.ts';
import { makeStaging } from './staging.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const directory = makeTempDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A certificate for the loopback address that nobody but its maker trusts. */
function selfSigned(): Tls {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const form = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
  execFileSync('openssl', ['req', '-x509', ...form, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** A fetch that trusts one certificate more, and knows a password: what a host may bring. */
function hostFetch(ca: string, authorization: string): typeof fetch {
  return (url, init) =>
    new Promise((resolve, reject) => {
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), authorization };
      const signal = init?.signal ?? undefined;
      const target = url instanceof URL || typeof url === 'string' ? url : url.url;
      const sent = request(target, { ca, headers, ...(signal === undefined ? {} : { signal }) }, (answer) => {
        const body = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
        resolve(new Response(body, { status: answer.statusCode ?? 0 }));
      });
      sent.on('error', reject).end();
    });
}

describe.runIf(hasOpenssl)('TLS and authentication are the host’s', () => {
  it('for updates and checkpoints', async () => {
    const tls = selfSigned();
    const tar = await tarOf(checkpointEntries());
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer of-grpc');
    const ofCall = credentials.createFromMetadataGenerator((_, done) => done(null, metadata));
    using staging = makeStaging();
    await using service = await startOmService([{ tls, checkpoint: () => tar }], {
      protocol: 'https:',
      fetch: hostFetch(tls.cert, 'Bearer of-http'),
      credentials: credentials.combineChannelCredentials(
        credentials.createSsl(Buffer.from(tls.cert)),
        ofCall,
      ),
    });
    expect(await service.client.updates({ after: 0n })).toMatchObject({ leader: 'om1' });
    await service.client.checkpoint(staging.request);
    expect(service.server.requests.map(({ kind, headers }) => [kind, headers['authorization']])).toEqual([
      ['updates', 'Bearer of-grpc'],
      ['updates', 'Bearer of-grpc'],
      ['checkpoint', 'Bearer of-http'],
      ['updates', 'Bearer of-grpc'],
    ]);
  });

  it('and a certificate that is not trusted makes a server unavailable, with the reason', async () => {
    const tls = selfSigned();
    await using service = await startOmService([{ tls }], {
      protocol: 'https:',
      credentials: credentials.createSsl(),
    });
    const untrusted = {
      code: 'REPROCESS_OM_UNAVAILABLE',
      message: expect.stringMatching(/self-signed certificate/) as string,
    };
    await expect(service.client.updates({ after: 0n })).rejects.toMatchObject(untrusted);
    using staging = makeStaging();
    // Trusted for gRPC, and not by Node's fetch.
    await using half = new OmClient({
      addresses: [service.server.address],
      protocol: 'https:',
      credentials: credentials.createSsl(Buffer.from(tls.cert)),
    });
    await expect(half.checkpoint(staging.request)).rejects.toMatchObject(untrusted);
  });
});
