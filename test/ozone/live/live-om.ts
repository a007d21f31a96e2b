import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** The folder of the programs that start a real Ozone Manager (`om.sh`); `undefined` where there is none. */
export const OZONE_JAVA = process.env['OZONE_JAVA'];

/** Ports of one Ozone Manager; it keeps them when it is started again. */
export interface OmPorts {
  readonly rpc: number;
  readonly http: number;
  readonly ratis: number;
  readonly grpc: number;
}

export async function freePorts(): Promise<OmPorts> {
  const [rpc, http, ratis, grpc] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  return { rpc, http, ratis, grpc };
}

/** A real Ozone Manager in a process of its own, driven by lines. */
export class LiveOm {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error('The Ozone Manager has no output');
    this.#interface = createInterface({ input: child.stdout });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** Resolves when it answers. */
  static async start(
    directory: string,
    ports: OmPorts,
    conf: Readonly<Record<string, string>>,
  ): Promise<LiveOm> {
    const properties = [
      `-Dliveom.dir=${directory}`,
      ...Object.entries(ports).map(([name, port]) => `-Dliveom.${name}=${port}`),
      ...Object.entries(conf).map(([key, value]) => `-Dconf.${key}=${value}`),
    ];
    const child = spawn(join(OZONE_JAVA ?? '', 'om.sh'), properties, { stdio: ['pipe', 'pipe', 'ignore'] });
    const om = new LiveOm(child);
    await om.#answer();
    return om;
  }

  /** One command and its answer, for example `change 500`. */
  async say(command: string): Promise<Readonly<Record<string, unknown>>> {
    this.#child.stdin?.write(`${command}\n`);
    return this.#answer();
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    this.#interface.close();
  }

  async #answer(): Promise<Readonly<Record<string, unknown>>> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('The Ozone Manager has ended');
    const answer = JSON.parse(next.value) as Readonly<Record<string, unknown>>;
    if ('error' in answer) throw new Error(String(answer['error']));
    return answer;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
