import type { Clock } from '../clock.ts';
import { StagedReprocessError } from '../errors.ts';
import type { Announcer } from './announcer.ts';
import { isExhausted } from './exhausted.ts';
import type { RetryOptions } from './open-options.ts';

/**
 * When the library tries again by itself: after growing delays, until `maxRetries` retries have failed too, or at once
 * no more when resources have run out. Then the circuit opens: no run starts until its time is over, when one retry is
 * made, or until the operator resets it.
 */
export class RetryPolicy {
  readonly #options: Required<RetryOptions>;
  readonly #clock: Clock;
  readonly #announcer: Announcer;
  readonly #onClosed: () => void;
  #failures = 0;
  #openUntilMs: number | undefined;
  #retryAtMs: number | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Closes the circuit when its time is over. */
  #cancelCircuitTimer: (() => void) | undefined;
  /** The retry that waits for the circuit to close. */
  #heldBack: (() => void) | undefined;

  /** `onClosed` is told when the circuit's time is over and no retry waits for it. */
  constructor(
    options: Required<RetryOptions>,
    clock: Clock,
    announcer: Announcer,
    onClosed: () => void = () => undefined,
  ) {
    this.#onClosed = onClosed;
    this.#options = options;
    this.#clock = clock;
    this.#announcer = announcer;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  get openUntilMs(): number | undefined {
    return this.#isOpen() ? this.#openUntilMs : undefined;
  }

  /** When the next retry starts. */
  get retryAtMs(): number | undefined {
    return this.#retryAtMs;
  }

  /** @throws StagedReprocessError `REPROCESS_CIRCUIT_OPEN` */
  checkClosed(): void {
    if (!this.#isOpen()) return;
    const untilMs = this.#openUntilMs ?? 0;
    throw new StagedReprocessError(
      'REPROCESS_CIRCUIT_OPEN',
      `${this.#told()}: no run starts before ${new Date(untilMs).toISOString()}, or until the circuit is reset`,
      { details: { failures: this.#failures, untilMs } },
    );
  }

  succeeded(): void {
    this.#close();
  }

  failed(error: unknown, canRetry: boolean, retry: () => void): void {
    const { maxRetries, initialDelayMs, maxDelayMs } = this.#options;
    this.cancel();
    this.#failures += 1;
    if (maxRetries === 0) return;
    if (this.#failures > maxRetries || isExhausted(error)) {
      this.#open(error, canRetry ? retry : undefined);
      return;
    }
    if (!canRetry) {
      this.#announcer.alert(
        'RUN_FAILED',
        'A run failed, and without a source given to `open` it is not retried',
        error,
      );
      return;
    }
    const delayMs = Math.min(maxDelayMs, initialDelayMs * 2 ** (this.#failures - 1));
    this.#schedule(retry, delayMs);
    this.#announcer.emit('retry', { attempt: this.#failures, delayMs });
  }

  /** Forgets a retry that waits. */
  cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#retryAtMs = undefined;
    this.#heldBack = undefined;
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.cancel();
    this.#cancelCircuitTimer?.();
    this.#cancelCircuitTimer = undefined;
  }

  /** The operator's word: closes the circuit and forgets the failures. A retry that waited for it comes soon. */
  reset(): void {
    const retry = this.#heldBack;
    this.#close();
    if (retry !== undefined) this.#schedule(retry, this.#options.initialDelayMs);
  }

  #schedule(retry: () => void, delayMs: number): void {
    this.cancel();
    this.#retryAtMs = this.#clock.now() + delayMs;
    this.#cancelTimer = this.#clock.setTimer(() => {
      this.cancel();
      retry();
    }, delayMs);
  }

  #close(): void {
    const wasOpen = this.#openUntilMs !== undefined;
    this.#failures = 0;
    this.#openUntilMs = undefined;
    this.#heldBack = undefined;
    if (!wasOpen) return;
    this.cancel();
    this.#cancelCircuitTimer?.();
    this.#cancelCircuitTimer = undefined;
    this.#announcer.emit('circuit:close', {});
  }

  #open(error: unknown, retry: (() => void) | undefined): void {
    const { circuitResetMs } = this.#options;
    const untilMs = this.#clock.now() + circuitResetMs;
    this.#openUntilMs = untilMs;
    this.#heldBack = retry;
    this.#announcer.emit('circuit:open', { failures: this.#failures, untilMs });
    this.#announcer.alert(
      'REPROCESS_CIRCUIT_OPEN',
      `${this.#told()}; no run starts before ${new Date(untilMs).toISOString()}`,
      error,
    );
    this.#cancelCircuitTimer?.();
    this.#cancelCircuitTimer = this.#clock.setTimer(() => {
      this.#cancelCircuitTimer = undefined;
      // The failures stay: one more opens it again.
      const held = this.#heldBack;
      this.#openUntilMs = undefined;
      this.#heldBack = undefined;
      this.#announcer.emit('circuit:close', {});
      if (held === undefined) this.#onClosed();
      else held();
    }, circuitResetMs);
  }

  #told(): string {
    return this.#failures === 1 ? 'A run has failed' : `${String(this.#failures)} runs in a row have failed`;
  }

  #isOpen(): boolean {
    return this.#openUntilMs !== undefined && this.#clock.now() < this.#openUntilMs;
  }
}
