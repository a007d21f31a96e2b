import type { Clock } from '../clock.ts';
import { errorMessage } from '../errors.ts';
import { EventHub, type ReprocessEventName, type ReprocessEvents } from './events.ts';
import type { Logger } from './logger.ts';
import { errorReport } from './report.ts';

type Timeless<E extends ReprocessEventName> = Omit<ReprocessEvents[E], 'atMs'>;

/**
 * Tells the host what goes on: events, the logger, and alerts, which are never silent. Without a listener and without a
 * logger an alert becomes a process warning.
 */
export class Announcer {
  readonly hub: EventHub;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;

  constructor(clock: Clock, logger: Logger | undefined) {
    this.#clock = clock;
    this.#logger = logger;
    this.hub = new EventHub((event, error) => {
      if (event === 'alert')
        this.#warn('LISTENER_FAILED', `A listener of '${event}' failed: ${errorMessage(error)}`);
      else this.alert('LISTENER_FAILED', `A listener of '${event}' failed`, error);
    });
  }

  emit<E extends ReprocessEventName>(event: E, payload: Timeless<E>): void {
    // Every payload has `atMs`, and nothing else was left out.
    const whole = { ...payload, atMs: this.#clock.now() } as unknown as ReprocessEvents[E];
    this.#log('debug', event, whole);
    this.hub.emit(event, whole);
  }

  alert(code: string, message: string, error?: unknown): void {
    const payload = {
      atMs: this.#clock.now(),
      code,
      message,
      error: error === undefined ? undefined : errorReport(error),
    };
    const isHeard = this.hub.listens('alert') || this.#logger !== undefined;
    this.#log('error', message, payload);
    this.hub.emit('alert', payload);
    if (!isHeard) this.#warn(code, error === undefined ? message : `${message}: ${errorMessage(error)}`);
  }

  info(message: string, details: object): void {
    this.#log('info', message, details);
  }

  #warn(code: string, message: string): void {
    process.emitWarning(message, { type: 'StagedReprocessWarning', code });
  }

  #log(level: keyof Logger, message: string, details: object): void {
    try {
      this.#logger?.[level](message, details);
    } catch (error) {
      this.#warn('LOGGER_FAILED', `The logger failed: ${errorMessage(error)}`);
    }
  }
}
