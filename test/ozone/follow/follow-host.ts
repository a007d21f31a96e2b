import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { StagedReprocessor } from '../../../src/index.ts';
import {
  OmClient,
  OmFollower,
  OmMirror,
  type OmAddress,
  type OmFollowEvent,
} from '../../../src/ozone/index.ts';
import { reconTasks } from '../../../src/recon/index.ts';
import { simulatedClock } from '../../../src/testing/index.ts';
import { storedRows, type StoredRows } from '../../recon/law/stored-rows.ts';
import { reconStores, type ReconStores } from '../../recon/recon-stores.ts';

type EventOf<T extends OmFollowEvent['type']> = Extract<OmFollowEvent, { type: T }>;

interface Parts {
  readonly reprocessor: StagedReprocessor<ReconStores>;
  readonly mirror: OmMirror;
  readonly client: OmClient;
  readonly follower: OmFollower;
}

/** Longer than any wait between two attempts. */
const LONG_MS = 120_000;

/** A host that follows Ozone Managers in a directory of its own. Waits pass at once, by a clock that the test moves. */
export class FollowHost implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'sr-follow-'));
  readonly clock = simulatedClock(1);
  readonly events: OmFollowEvent[] = [];
  readonly alerts: string[] = [];
  readonly #filesystemPaths: boolean;
  #parts: Parts | undefined;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(filesystemPaths = false) {
    this.#filesystemPaths = filesystemPaths;
  }

  get parts(): Parts {
    if (this.#parts === undefined) throw new Error('The host is not open');
    return this.#parts;
  }

  async open(addresses: readonly OmAddress[], limit = 10_000): Promise<void> {
    const dataDir = join(this.folder, 'data');
    const mirror = await OmMirror.open(join(dataDir, 'om'));
    const reprocessor = await StagedReprocessor.open({
      dataDir,
      stores: reconStores(),
      tasks: reconTasks({ filesystemPaths: this.#filesystemPaths }),
      source: mirror.source(),
    });
    reprocessor.on('alert', ({ code }) => this.alerts.push(code));
    const client = new OmClient({ addresses });
    const follower = new OmFollower({
      reprocessor,
      mirror,
      client,
      limit,
      stagingDirectory: join(this.folder, 'staging'),
      clock: this.clock,
      listener: (event) => this.events.push(event),
    });
    this.#parts = { reprocessor, mirror, client, follower };
  }

  /** Opens, and follows until `stop`. */
  async start(addresses: readonly OmAddress[], limit?: number): Promise<void> {
    await this.open(addresses, limit);
    this.#stop = new AbortController();
    this.#running = this.parts.follower.run(this.#stop.signal).catch((error: unknown) => {
      this.#failure = new Error('The follower ended', { cause: error });
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const parts = this.#parts;
    this.#parts = undefined;
    await parts?.client.close();
    await parts?.reprocessor.close();
    await parts?.mirror.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets time pass until an event of that kind comes that has not come before this call. */
  async until<T extends OmFollowEvent['type']>(
    type: T,
    holds: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> {
    for (let seen = this.events.length; ;) {
      for (; seen < this.events.length; seen += 1) {
        const event = this.events[seen];
        if (event !== undefined && isOf(event, type) && holds(event)) return event;
      }
      if (this.#failure !== undefined) throw this.#failure;
      await (this.clock.pending > 0 ? this.clock.advance(LONG_MS) : turn());
    }
  }

  /** Lets time pass until everything up to `sequence` was taken; resolves with what is live once that is applied. */
  async rowsAt(sequence: bigint): Promise<StoredRows> {
    const { reprocessor, mirror } = this.parts;
    while (mirror.staged !== undefined || (mirror.live?.sequence ?? -1n) < sequence) {
      if (this.#failure !== undefined) throw this.#failure;
      await (this.clock.pending > 0 ? this.clock.advance(LONG_MS) : turn());
    }
    await reprocessor.whenApplied(sequence);
    return this.rows();
  }

  rows(): Promise<StoredRows> {
    return storedRows(this.parts.reprocessor);
  }

  /** How often that happened. */
  count(type: OmFollowEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isOf<T extends OmFollowEvent['type']>(event: OmFollowEvent, type: T): event is EventOf<T> {
  return event.type === type;
}
