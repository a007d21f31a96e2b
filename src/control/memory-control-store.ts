import type { ControlStore } from './control-store.ts';

/** For a reprocessor whose stores are all volatile: nothing touches a disk. */
export class MemoryControlStore implements ControlStore {
  #record: string | undefined;
  #runs: string | undefined;

  async open(): Promise<void> {}

  async readRecord(): Promise<string | undefined> {
    return this.#record;
  }

  async writeRecord(text: string, runs?: string): Promise<void> {
    this.#record = text;
    this.#runs = runs ?? this.#runs;
  }

  async readRuns(): Promise<string | undefined> {
    return this.#runs;
  }

  async close(): Promise<void> {}
}
