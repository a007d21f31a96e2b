import { setTimeout } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { SourceEvent, StagedReprocessor } from 'staged-reprocessor';

const BATCH_EVENTS = 500;

const NUMBER = 'SELECT number_changes() AS last, (SELECT name FROM outbox_history) AS history';
const NEXT = `
  SELECT position, key, before::text, after::text FROM outbox WHERE position > $1 ORDER BY position LIMIT ${BATCH_EVENTS}`;

interface Change {
  readonly position: string; // node-postgres gives 64-bit integers as text
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Sends the changes of the outbox on, one delta after another. Where it stands is in the reprocessor alone. */
export class OutboxFeed {
  readonly #pool: Pool;
  readonly #reprocessor: Pick<StagedReprocessor, 'consume' | 'position' | 'reprocess'>;

  constructor(pool: Pool, reprocessor: Pick<StagedReprocessor, 'consume' | 'position' | 'reprocess'>) {
    this.#pool = pool;
    this.#reprocessor = reprocessor;
  }

  /** Polls until the signal. Nothing is lost when a round fails: the next one begins at `position()` again. */
  async run(signal: AbortSignal, pollMs: number, onError: (error: unknown) => void): Promise<void> {
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped()) {
      try {
        if (await this.sendNext({ signal })) continue;
        await this.forgetSent();
      } catch (error) {
        if (!isStopped()) onError(error);
      }
      await setTimeout(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether there was something to send. Under backpressure it waits, and the changes wait in the outbox. */
  async sendNext(options: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    const position = this.#reprocessor.position();
    if (position === undefined) return false; // before the first rebuild there is nothing to follow with
    const { sequence: after } = position;
    const numbered = await this.#pool.query<{ last: string; history: string }>(NUMBER);
    const { last = '0', history = '' } = numbered.rows[0] ?? {};
    const { rows } = await this.#pool.query<Change>(NEXT, [String(after)]);
    const events = rows.map(eventOf);
    const isNext = events[0] === undefined ? BigInt(last) === after : events[0].sequence === after + 1n;
    if (history !== position.history || !isNext) {
      // Another history, or changes were deleted that were never sent: only a new snapshot helps.
      await this.#reprocessor.reprocess({ reason: 'SEQUENCE_GAP', whenRunning: 'join' });
      return true;
    }
    const through = events.at(-1)?.sequence;
    if (through === undefined) return false;
    // Positions have no gaps, and nothing can appear below one later: this is all there was between the two.
    await this.#reprocessor.consume({ after, through, events, history }, options);
    return true;
  }

  /**
   * Deletes what this host has taken: `consume` was awaited, so it is in the delta log on disk. With several hosts, delete
   * up to the lowest of their positions only.
   */
  async forgetSent(): Promise<void> {
    const sent = this.#reprocessor.position()?.sequence;
    if (sent !== undefined) await this.#pool.query('DELETE FROM outbox WHERE position <= $1', [String(sent)]);
  }
}

function eventOf({ position, key, before, after }: Change): SourceEvent {
  return {
    sequence: BigInt(position),
    table: 'orders',
    key: Buffer.from(key),
    before: before === null ? undefined : Buffer.from(before),
    after: after === null ? undefined : Buffer.from(after),
  };
}
