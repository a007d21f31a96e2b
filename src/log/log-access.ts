import { isReprocessError } from '../errors.ts';
import { logClosed, storageFailed } from './log-errors.ts';
import type { LogStorage } from './log-storage.ts';

/**
 * Who may use the log's storage when: writes one at a time, reads beside them. After a write that failed the storage is
 * opened anew, with no read going on, before the next write.
 */
export class LogAccess {
  readonly #storage: LogStorage;
  readonly #reload: (storage: LogStorage) => Promise<void>;
  #writes: Promise<unknown> = Promise.resolve();
  #readers = 0;
  #onIdle: (() => void) | undefined;
  #reopening: Promise<unknown> | undefined;
  #isTorn = false;
  /** A reopening failed. */
  #isShut = false;
  #isClosed = false;

  /** `reload` reads anew what is known of the storage. */
  constructor(storage: LogStorage, reload: (storage: LogStorage) => Promise<void>) {
    this.#storage = storage;
    this.#reload = reload;
  }

  /** Runs `work` once nothing else is written. Whatever it throws is taken for a write that failed. */
  write<T>(work: (storage: LogStorage) => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(logClosed());
    const written = this.#writes.then(async () => {
      if (this.#isTorn) await this.#mend();
      try {
        return await work(this.#storage);
      } catch (error) {
        this.#isTorn = true;
        throw isReprocessError(error) ? error : storageFailed('could not be written', error);
      }
    });
    this.#writes = written.catch(() => undefined);
    return written;
  }

  /** Calls `work` as soon as the storage can be read. What it does before its first `await` sees one state. */
  async read<T>(work: (storage: LogStorage) => Promise<T>): Promise<T> {
    while (this.#reopening !== undefined || this.#isShut) {
      await (this.#reopening ?? this.write(async () => undefined));
    }
    if (this.#isClosed) throw logClosed();
    this.#readers += 1;
    try {
      return await work(this.#storage);
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) this.#onIdle?.();
    }
  }

  /** After what is being written and read; takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writes;
    await this.#idle();
    await this.#storage.close();
  }

  async #mend(): Promise<void> {
    const reopened = this.#reopen();
    this.#reopening = reopened.catch(() => undefined);
    try {
      await reopened;
    } finally {
      this.#reopening = undefined;
    }
  }

  async #reopen(): Promise<void> {
    await this.#idle();
    this.#isShut = true;
    await this.#storage.reopen();
    await this.#reload(this.#storage);
    this.#isShut = false;
    this.#isTorn = false;
  }

  async #idle(): Promise<void> {
    if (this.#readers === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
