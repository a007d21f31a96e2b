import type { Delta } from '../../src/source/delta.ts';

interface Waiting {
  readonly delta: Delta;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What a careful host does by hand: one commit at a time, into which goes everything that waits. With one delta in flight
 * that is a commit a delta; with many it is the best that can be done by hand.
 */
export class JoinedWrites {
  readonly #commit: (deltas: readonly Delta[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  sequence = 0n;

  constructor(commit: (deltas: readonly Delta[]) => Promise<void>) {
    this.#commit = commit;
  }

  take(delta: Delta): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delta, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Those that are given in this very turn go along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      try {
        await this.#commit(taken.map(({ delta }) => delta));
        this.sequence = taken.at(-1)?.delta.through ?? this.sequence;
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    this.#running = undefined;
  }
}
