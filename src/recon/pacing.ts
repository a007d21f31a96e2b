import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../errors.ts';

/** Rows that a loop outside a scan writes before it lets the event loop turn. */
const ROWS_PER_TURN = 2048;

/**
 * Keeps a long loop that writes rows polite: waits when the sink asks for it, lets the event loop turn now and then, and
 * stops when the run is aborted.
 */
export class Pacing {
  readonly #signal: AbortSignal;
  #rows = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** To be awaited after each row when it is not `undefined`; `asked` is what the sink returned. */
  row(asked: Promise<void> | undefined): Promise<void> | undefined {
    this.#rows++;
    if (this.#rows % ROWS_PER_TURN !== 0) return asked;
    return this.#turn(asked);
  }

  async #turn(asked: Promise<void> | undefined): Promise<void> {
    await asked;
    throwIfAborted(this.#signal);
    await setImmediate();
  }
}
