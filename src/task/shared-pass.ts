import type { RowBatch, ScanVisitor } from '../source/source.ts';
import type { ScanRequest } from './shared-scan.ts';

/** How long a pass may hold the event loop before it lets others run. */
const TURN_MS = 8;

/**
 * One pass over one table for all its visitors. A visitor that throws leaves the pass; when the last one has left, the
 * pass ends early.
 */
export class SharedPass {
  readonly #active: Set<ScanRequest>;
  readonly #left = new AbortController();
  readonly signal: AbortSignal;
  #turnStart = performance.now();

  readonly #visit: <T>(call: () => T) => T;

  /** @param visit - Runs a visitor, so that what it starts can be told from what its task starts. */
  constructor(requests: readonly ScanRequest[], signal: AbortSignal, visit: <T>(call: () => T) => T) {
    this.#visit = visit;
    this.#active = new Set(requests);
    this.signal = AbortSignal.any([signal, this.#left.signal]);
  }

  readonly visitor: ScanVisitor = {
    rows: (batch) => this.#rows(batch),
    end: () => this.#each((request) => request.visitor.end?.()),
  };

  resolve(): void {
    for (const request of this.#active) request.resolve();
  }

  reject(error: unknown): void {
    for (const request of this.#active) request.reject(error);
  }

  async #rows(batch: RowBatch): Promise<void> {
    await this.#each((request) => {
      request.hooks.check();
      return request.visitor.rows(batch);
    });
    await this.#each((request) => request.hooks.afterBatch(request.table, batch.length));
    if (performance.now() - this.#turnStart < TURN_MS) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#turnStart = performance.now();
  }

  /** Calls all visitors one after another and waits for those that return a promise. */
  async #each(call: (request: ScanRequest) => Promise<void> | void): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const request of [...this.#active]) {
      try {
        const result = this.#visit(() => call(request));
        if (result === undefined) continue;
        waits.push(
          result.catch((error: unknown) => {
            this.#leave(request, error);
          }),
        );
      } catch (error) {
        this.#leave(request, error);
      }
    }
    if (waits.length > 0) await Promise.all(waits);
    if (this.#active.size === 0) this.#left.abort();
  }

  #leave(request: ScanRequest, error: unknown): void {
    this.#active.delete(request);
    request.reject(error);
  }
}
