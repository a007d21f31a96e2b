import { hostname } from 'node:os';
import { readJsonFile, removeJsonFile, writeJsonFile } from './json-file.ts';

/** Who holds a data directory. @public */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** When it opened the directory, milliseconds since the epoch. */
  readonly startedAtMs: number;
}

/** `owner.json`: tells other processes who holds the lock. The lock itself is the control store's. */
export class OwnerFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async write(startedAtMs: number): Promise<void> {
    const holder: LockHolder = { host: hostname(), pid: process.pid, startedAtMs };
    await writeJsonFile(this.#path, { format: 1, ...holder });
  }

  async read(): Promise<LockHolder | undefined> {
    const value = await readJsonFile(this.#path);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('host' in value && 'pid' in value && 'startedAtMs' in value)) return undefined;
    const { host, pid, startedAtMs } = value;
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof startedAtMs !== 'number')
      return undefined;
    return { host, pid, startedAtMs };
  }

  async remove(): Promise<void> {
    await removeJsonFile(this.#path);
  }
}
