import { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';

export interface BodyStreamOptions {
  /** What was read of the body before; it comes first. */
  readonly head: Uint8Array;
  readonly clock: Clock;
  /** The longest wait for the next bytes. */
  readonly timeoutMs: number;
  /** The error of a wait that was too long. */
  readonly stalled: () => Error;
  /** The error in the place of one that the body failed with. */
  readonly failed: (error: unknown) => Error;
  /** Told how many bytes each piece has. */
  readonly onPiece: (bytes: number) => void;
}

/** The body of an HTTP answer as a stream that does not wait for ever. Destroying it ends the download. */
export class BodyStream extends Readable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: BodyStreamOptions;
  #stopTimer = (): void => undefined;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, options: BodyStreamOptions) {
    super({ highWaterMark: 256 << 10 });
    this.#reader = reader;
    this.#options = options;
    if (options.head.length > 0) this.push(options.head);
  }

  /** The clock runs only while bytes are waited for, not while they are written to a slow disk. */
  override _read(): void {
    const { clock, timeoutMs, stalled, failed, onPiece } = this.#options;
    this.#stopTimer = clock.setTimer(() => this.destroy(stalled()), timeoutMs, { awaited: true });
    this.#reader.read().then(
      ({ done, value }) => {
        this.#stopTimer();
        if (this.destroyed) return;
        if (value !== undefined) onPiece(value.length);
        this.push(done ? null : value);
      },
      (error: unknown) => {
        this.destroy(failed(error));
      },
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopTimer();
    this.#reader.cancel().catch(() => undefined);
    done(error);
  }
}
