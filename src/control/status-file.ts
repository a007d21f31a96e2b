import type { ControlRecord } from './control-record.ts';
import { readJsonFile, removeTemporary, writeJsonFile } from './json-file.ts';

/** What `status.json` tells a reopening: which record it has seen. */
export interface StatusWitness {
  readonly homeId: string;
  readonly controlRevision: number;
}

/** The status is written after the record: a record that is older than it has lost writes. A sentence, if it has. */
export function lostWrites(
  record: ControlRecord | undefined,
  witness: StatusWitness | undefined,
): string | undefined {
  if (witness === undefined || (record !== undefined && record.homeId !== witness.homeId)) return undefined;
  const revision = record?.revision ?? 0;
  if (revision >= witness.controlRevision) return undefined;
  return `The control record has lost writes: it has revision ${String(revision)}, but revision ${String(witness.controlRevision)} was there`;
}

/**
 * `status.json`: the last status, so that another process can tell without opening a LevelDB. It is also a witness: it
 * is written after the control record, so a record that is older than it has lost writes.
 */
export class StatusFile {
  readonly #path: string;
  #writing: Promise<void> | undefined;
  #next: (() => unknown) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async witness(): Promise<StatusWitness | undefined> {
    const value = await readJsonFile(this.#path);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('homeId' in value && 'controlRevision' in value)) return undefined;
    const { homeId, controlRevision } = value;
    if (typeof homeId !== 'string' || typeof controlRevision !== 'number') return undefined;
    return { homeId, controlRevision };
  }

  /** Writes what `status` returns then; of several writes that wait only the last is done. Never rejects. */
  async write(status: () => unknown): Promise<void> {
    this.#next = status;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #drain(): Promise<void> {
    for (let status = this.#next; status !== undefined; status = this.#next) {
      this.#next = undefined;
      // It only informs: a full disk must not fail a run through it.
      await writeJsonFile(this.#path, status()).catch(() => removeTemporary(this.#path));
    }
  }
}
