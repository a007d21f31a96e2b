import { EventEmitter } from 'eventemitter3';
import type { ReprocessReason } from '../source/source.ts';
import { expected } from '../store/expected.ts';
import type { ReprocessState } from './machine.ts';
import type { ErrorReport, ReprocessReport, TaskReport, VerificationReport } from './report.ts';

/** What an administrator must see. @public */
export interface Alert {
  readonly atMs: number;
  /** Code of the failure, or a short stable name. */
  readonly code: string;
  readonly message: string;
  readonly error: ErrorReport | undefined;
}

/**
 * All events and what they carry: plain data. Begin and end come in pairs, whatever happens between them.
 *
 * @public
 */
export interface ReprocessEvents {
  readonly phase: { readonly atMs: number; readonly from: ReprocessState; readonly to: ReprocessState };
  readonly 'run:begin': {
    readonly atMs: number;
    readonly reason: ReprocessReason;
    readonly tasks: readonly string[];
  };
  readonly 'run:end': { readonly atMs: number; readonly report: ReprocessReport };
  readonly 'task:begin': { readonly atMs: number; readonly taskName: string; readonly generation: number };
  readonly 'task:end': { readonly atMs: number; readonly generation: number; readonly task: TaskReport };
  readonly 'verify:begin': { readonly atMs: number; readonly generation: number };
  readonly 'verify:end': {
    readonly atMs: number;
    readonly generation: number;
    /** `undefined` when the verification refused the staged data or could not be done. */
    readonly verification: VerificationReport | undefined;
  };
  /** What was just built follows the delta log; `lag` is how far, in sequences, it stands behind it. */
  readonly 'catch-up:begin': { readonly atMs: number; readonly generation: number; readonly lag: bigint };
  readonly 'catch-up:end': { readonly atMs: number; readonly generation: number; readonly lag: bigint };
  /** Deltas are logged and not applied to the live data; past its time it ends with `frozen: false`, to be tried again. */
  readonly 'freeze:begin': { readonly atMs: number; readonly attempt: number };
  readonly 'freeze:end': { readonly atMs: number; readonly attempt: number; readonly frozen: boolean };
  /** Deltas up to `sequence` are in the live data of a store. */
  readonly applied: { readonly atMs: number; readonly store: string; readonly sequence: bigint };
  readonly 'switch:begin': { readonly atMs: number; readonly from: number | undefined; readonly to: number };
  /** `switched` is false when the switch was undone or stayed undecided. */
  readonly 'switch:end': {
    readonly atMs: number;
    readonly from: number | undefined;
    readonly to: number;
    readonly switched: boolean;
    readonly durationMs: number;
  };
  /** Undoing a run that failed or was aborted. */
  readonly 'rollback:begin': { readonly atMs: number; readonly generation: number | undefined };
  readonly 'rollback:end': {
    readonly atMs: number;
    readonly generation: number | undefined;
    readonly error: ErrorReport | undefined;
  };
  /** A generation of a store is deleted. */
  readonly discard: { readonly atMs: number; readonly store: string; readonly generation: number };
  /** The library will start a run by itself in `delayMs`. */
  readonly retry: { readonly atMs: number; readonly attempt: number; readonly delayMs: number };
  readonly 'circuit:open': { readonly atMs: number; readonly failures: number; readonly untilMs: number };
  readonly 'circuit:close': { readonly atMs: number };
  readonly 'lease:timeout': {
    readonly atMs: number;
    readonly generation: number;
    readonly heldMs: number;
    readonly revoked: boolean;
  };
  readonly alert: Alert;
}

/** @public */
export type ReprocessEventName = keyof ReprocessEvents;

/** All names, for hosts without types. */
const EVENT_NAMES: Readonly<Record<ReprocessEventName, true>> = Object.freeze({
  phase: true,
  'run:begin': true,
  'run:end': true,
  'task:begin': true,
  'task:end': true,
  'verify:begin': true,
  'verify:end': true,
  'catch-up:begin': true,
  'catch-up:end': true,
  'freeze:begin': true,
  'freeze:end': true,
  applied: true,
  'switch:begin': true,
  'switch:end': true,
  'rollback:begin': true,
  'rollback:end': true,
  discard: true,
  retry: true,
  'circuit:open': true,
  'circuit:close': true,
  'lease:timeout': true,
  alert: true,
});

/** Throws `TypeError` on an event that never comes, and on a listener that cannot be called. */
export function checkListener(event: unknown, listener: unknown): void {
  if (typeof event !== 'string' || !Object.hasOwn(EVENT_NAMES, event)) {
    throw expected('event', `one of ${Object.keys(EVENT_NAMES).join(', ')}`, event);
  }
  if (typeof listener !== 'function') throw expected('listener', 'a function', listener);
}

/** @public */
export type ReprocessListener<E extends ReprocessEventName> = (payload: ReprocessEvents[E]) => unknown;

/** Listeners, fenced off: one that throws, or whose promise rejects, is reported and changes nothing. */
export class EventHub {
  readonly #emitter = new EventEmitter();
  readonly #wrapped = new Map<string, WeakMap<object, (payload: unknown) => void>>();
  readonly #onListenerError: (event: string, error: unknown) => void;

  constructor(onListenerError: (event: string, error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  on<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): void {
    this.#emitter.on(event, this.#wrap(event, listener));
  }

  once<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): void {
    this.#emitter.once(event, this.#wrap(event, listener));
  }

  off<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): void {
    const wrapped = this.#wrapped.get(event)?.get(listener);
    if (wrapped !== undefined) this.#emitter.off(event, wrapped);
  }

  listens(event: ReprocessEventName): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  emit<E extends ReprocessEventName>(event: E, payload: ReprocessEvents[E]): void {
    this.#emitter.emit(event, payload);
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
  }

  #wrap<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): (payload: unknown) => void {
    let ofEvent = this.#wrapped.get(event);
    if (ofEvent === undefined) this.#wrapped.set(event, (ofEvent = new WeakMap()));
    const known = ofEvent.get(listener);
    if (known !== undefined) return known;
    const wrapped = (payload: unknown): void => {
      try {
        // The emitter carries every event's payload as unknown; `emit` has checked it.
        const result = listener(payload as ReprocessEvents[E]);
        Promise.resolve(result).catch((error: unknown) => {
          this.#onListenerError(event, error);
        });
      } catch (error) {
        this.#onListenerError(event, error);
      }
    };
    ofEvent.set(listener, wrapped);
    return wrapped;
  }
}
