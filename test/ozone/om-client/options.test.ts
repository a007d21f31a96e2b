import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { OmClient, type OmClientOptions } from '../../../src/ozone/index.ts';

const address = { host: '127.0.0.1' };

describe('wrong options are a TypeError that names them', () => {
  it.each<[string, unknown]>([
    ['addresses', undefined],
    ['addresses', []],
    ['addresses', 'om1'],
    ['addresses', [{ host: 'om1', port: 1 }]],
    ['addresses', [null]],
    ['host', [{}]],
    ['host', [{ host: '' }]],
    ['host', [{ host: 'http://om1' }]],
    ['host', [{ host: 'user@om1' }]],
    ['host', [{ host: 'om1/path' }]],
    ['httpPort', [{ host: 'om1', httpPort: 0 }]],
    ['httpPort', [{ host: 'om1', httpPort: 1.5 }]],
    ['grpcPort', [{ host: 'om1', grpcPort: 65536 }]],
    ['grpcPort', [{ host: 'om1', grpcPort: '8981' }]],
  ])('%s: %j', (named, addresses) => {
    const options = { addresses } as OmClientOptions;
    expect(() => new OmClient(options)).toThrow(TypeError);
    expect(() => new OmClient(options)).toThrow(`\`${named}\``);
  });

  it.each<[string, unknown]>([
    ['protocol', 'http'],
    ['fetch', {}],
    ['timeoutMs', 0],
    ['timeoutMs', 2 ** 31],
    ['timeoutMs', '5'],
    ['clientId', ''],
    ['credentials', {}],
    ['credentials', 'insecure'],
    ['options', undefined],
  ])('%s: %j', (named, value) => {
    const options = named === 'options' ? { other: 1 } : { addresses: [address], [named]: value };
    expect(() => new OmClient(options as unknown as OmClientOptions)).toThrow(TypeError);
    expect(() => new OmClient(options as unknown as OmClientOptions)).toThrow(`\`${named}\``);
  });

  it('of requests too', async () => {
    await using client = new OmClient({ addresses: [address] });
    const requests: readonly [string, () => Promise<unknown>][] = [
      ['after', () => client.updates({ after: -1n })],
      ['after', () => client.updates({ after: 1n << 63n })],
      ['after', () => client.updates({ after: 1 as unknown as bigint })],
      ['limit', () => client.updates({ after: 0n, limit: 0 })],
      ['limit', () => client.updates({ after: 0n, limit: 0.5 })],
      ['request', () => client.updates({ after: 0n, since: 1 } as { after: bigint })],
      ['directory', () => client.checkpoint({ directory: '' })],
      ['onBytes', () => client.checkpoint({ directory: 'd', onBytes: 1 as unknown as () => void })],
    ];
    for (const [named, ask] of requests) {
      await expect(ask(), named).rejects.toThrow(TypeError);
      await expect(ask(), named).rejects.toThrow(`\`${named}\``);
    }
  });
});

it('takes names and addresses of every kind', () => {
  for (const host of ['om1', 'om1.example.org', '10.0.0.1', '::1', 'fe80::1']) {
    expect(() => new OmClient({ addresses: [{ host, httpPort: 1, grpcPort: 65535 }] })).not.toThrow();
  }
});

it.each(['@grpc/grpc-js', '@bufbuild/protobuf'])('names %s when it is missing', (peer) => {
  const entry = JSON.stringify(new URL('../../../src/ozone/index.ts', import.meta.url).href);
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (!name.startsWith(${JSON.stringify(peer)})) return next(name, context);
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    } });
    const { OmClient } = await import(${entry});
    const client = new OmClient({ addresses: [{ host: '127.0.0.1', grpcPort: 1 }] });
    await client.updates({ after: 0n }).catch((error) => console.log(error.code, error.message));
    await client.close();`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output).toContain(
    `REPROCESS_MISSING_PEER Following an Ozone Manager needs ${peer}: install it with`,
  );
});
