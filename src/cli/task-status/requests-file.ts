import type { OmFollowEvent, OmFollowStatus } from '../../ozone/index.ts';
import { writeRequests } from './stored-requests.ts';

const INTERVAL_MS = 1000;

/** Keeps the requests of a follower written down: at once what is rare, about each second what is not. */
export class RequestsFile {
  readonly #dataDir: string;
  readonly #status: () => OmFollowStatus;
  #writtenAt = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string, status: () => OmFollowStatus) {
    this.#dataDir = dataDir;
    this.#status = status;
  }

  heard({ type }: OmFollowEvent): void {
    if (type === 'snapshot:bytes') return;
    const isOften = type === 'updates' || type === 'idle';
    if (isOften && performance.now() - this.#writtenAt < INTERVAL_MS) return;
    this.#write();
  }

  async end(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    this.#writtenAt = performance.now();
    // Whether anybody can look must not decide whether the tables follow.
    this.#writing = this.#writing
      .then(() => writeRequests(this.#dataDir, this.#status()))
      .catch(() => undefined);
  }
}
