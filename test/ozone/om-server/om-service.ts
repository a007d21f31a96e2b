import { OmClient, type OmClientOptions } from '../../../src/ozone/index.ts';
import { startOmServer, type OmServer, type OmServerOptions } from './om-server.ts';

/** Some servers and a client of all of them; the servers close with it. */
export interface OmService extends AsyncDisposable {
  readonly servers: readonly OmServer[];
  /** The first server. */
  readonly server: OmServer;
  readonly client: OmClient;
}

/** Starts a server for each of the given options. */
export async function startOmService(
  servers: readonly OmServerOptions[] = [{}],
  options: Partial<OmClientOptions> = {},
): Promise<OmService> {
  const started = await Promise.all(servers.map(startOmServer));
  const [server] = started;
  if (server === undefined) throw new Error('A service has one server at least');
  const client = new OmClient({ addresses: started.map(({ address }) => address), ...options });
  return {
    servers: started,
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await Promise.all(started.map((each) => each.close()));
    },
  };
}
