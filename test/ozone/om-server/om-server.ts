import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { checkpointService, type CheckpointAnswer } from './checkpoint-service.ts';
import { notLeader, type Faults, type UpdatesFault } from './faults.ts';
import { makeGate, type Gate, type ServerGate } from './gate.ts';
import { grpcService, type UpdatesRequest } from './grpc-service.ts';
import { listen, LOOPBACK, type Tls } from './listening.ts';
import { updatesAnswer } from './updates-answer.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

export interface OmServerOptions {
  /** The node's name, which its answers carry; `undefined` leaves it out. Default `om1`. */
  readonly nodeId?: string | undefined;
  /** Makes the tar that is served. */
  readonly checkpoint?: () => Uint8Array | Promise<Uint8Array>;
  /** What the write-ahead log holds; more by `append`. */
  readonly batches?: readonly Uint8Array[];
  /** Whether it is the leader at first. Default true. */
  readonly leader?: boolean;
  readonly tls?: Tls;
  /** Ports to listen on, to come back as the same server. Default: free ones. */
  readonly httpPort?: number;
  readonly grpcPort?: number;
}

/** A request that came, in the order of coming. */
export type ServedRequest =
  | ({ readonly kind: 'updates' } & UpdatesRequest)
  | { readonly kind: 'checkpoint'; readonly url: string; readonly headers: IncomingMessage['headers'] };

/** A small Ozone Manager: real HTTP and real gRPC on the loopback address, serving what a test gives it. */
export class OmServer implements AsyncDisposable {
  readonly requests: ServedRequest[] = [];
  readonly wal = new WriteAheadLog();
  nodeId: string | undefined;
  #faults: Faults = {};
  #leader: boolean;
  #checkpoint: () => Uint8Array | Promise<Uint8Array>;
  #updatesGate: ServerGate | undefined;
  #checkpointGate: { readonly at: number; readonly gate: ServerGate } | undefined;
  readonly #gates: ServerGate[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #http;
  readonly #grpc;
  #httpPort = 0;
  #grpcPort = 0;

  constructor(options: OmServerOptions) {
    this.nodeId = 'nodeId' in options ? options.nodeId : 'om1';
    this.#leader = options.leader ?? true;
    this.#checkpoint = options.checkpoint ?? (() => new Uint8Array(0));
    this.wal.append(options.batches ?? []);
    this.#http = checkpointService((request) => this.#answerCheckpoint(request), options.tls);
    this.#grpc = grpcService((request) => this.#answerUpdates(request), options.tls);
    for (const server of [this.#http, this.#grpc]) {
      server.on('connection', (socket: Socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      });
    }
  }

  async listen(options: OmServerOptions): Promise<void> {
    this.#httpPort = await listen(this.#http, options.httpPort ?? 0);
    this.#grpcPort = await listen(this.#grpc, options.grpcPort ?? 0);
  }

  /** Where the client finds it. */
  get address(): { readonly host: string; readonly httpPort: number; readonly grpcPort: number } {
    return { host: LOOPBACK, httpPort: this.#httpPort, grpcPort: this.#grpcPort };
  }

  /** Resolves when no connection is open. */
  async idle(): Promise<void> {
    while (this.#sockets.size > 0) {
      await Promise.all([...this.#sockets].map((socket) => once(socket, 'close')));
    }
  }

  /** From now on these go wrong; `{}` puts everything right. */
  setFaults(faults: Faults): void {
    this.#faults = faults;
  }

  setLeader(leader: boolean): void {
    this.#leader = leader;
  }

  setCheckpoint(checkpoint: () => Uint8Array | Promise<Uint8Array>): void {
    this.#checkpoint = checkpoint;
  }

  /** The next request for updates stops before its answer is made. */
  holdUpdates(): Gate {
    this.#updatesGate = makeGate();
    this.#gates.push(this.#updatesGate);
    return this.#updatesGate;
  }

  /** The next checkpoint stops in front of the byte `at` of its body. */
  holdCheckpoint(at = 0): Gate {
    const gate = makeGate();
    this.#checkpointGate = { at, gate };
    this.#gates.push(gate);
    return gate;
  }

  /** Breaks all connections, as a `kill -9` does, and stops. */
  async close(): Promise<void> {
    for (const gate of this.#gates) gate.release();
    const closed = [this.#http, this.#grpc].map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answerUpdates(request: UpdatesRequest): Promise<Uint8Array | UpdatesFault> {
    this.requests.push({ kind: 'updates', ...request });
    const gate = this.#updatesGate;
    this.#updatesGate = undefined;
    await gate?.pass();
    if (this.#faults.updates !== undefined) return this.#faults.updates;
    if (!this.#leader) return notLeader(this.nodeId ?? 'om1');
    if (request.limit === 0n) return { kind: 'status', status: 13, message: '' };
    return updatesAnswer(this.wal.since(request.after, request.limit), this.nodeId);
  }

  async #answerCheckpoint(request: IncomingMessage): Promise<CheckpointAnswer | 'not-leader'> {
    this.requests.push({ kind: 'checkpoint', url: request.url ?? '', headers: request.headers });
    const gate = this.#checkpointGate;
    this.#checkpointGate = undefined;
    if (!this.#leader && this.#faults.checkpoint === undefined) return 'not-leader';
    return { tar: await this.#checkpoint(), fault: this.#faults.checkpoint, gate };
  }
}

/** Starts a server; who starts it closes it. */
export async function startOmServer(options: OmServerOptions = {}): Promise<OmServer> {
  const server = new OmServer(options);
  await server.listen(options);
  return server;
}
