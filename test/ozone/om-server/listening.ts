import type { Server } from 'node:net';

/** Certificate and key of a server, PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export const LOOPBACK = '127.0.0.1';

/** Listens on the loopback address; port 0 takes a free one. Returns the port. */
export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The server has no port');
  return bound.port;
}

/** A port on which nobody listens. */
export async function closedPort(server: Server): Promise<number> {
  const port = await listen(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
