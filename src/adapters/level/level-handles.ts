import type { LevelDatabase } from './level-database.ts';

interface Handle {
  readonly opening: Promise<LevelDatabase>;
  database: LevelDatabase | undefined;
  users: number;
}

/** LevelDB opens a directory once, so all users of one path share its handle; the last one to go closes it. */
export class LevelHandles {
  readonly #handles = new Map<string, Handle>();
  readonly #closing = new Map<string, Promise<void>>();

  /** The database of a path, opened if need be, with one user more. */
  async acquire(path: string, open: () => Promise<LevelDatabase>): Promise<LevelDatabase> {
    await this.#closing.get(path);
    const known = this.#handles.get(path);
    if (known !== undefined) {
      known.users += 1;
      return known.opening;
    }
    const handle: Handle = { opening: open(), database: undefined, users: 1 };
    this.#handles.set(path, handle);
    try {
      return (handle.database = await handle.opening);
    } catch (error) {
      this.#handles.delete(path);
      throw error;
    }
  }

  has(path: string): boolean {
    return this.#handles.has(path);
  }

  /** The open database of a path, if there is one. */
  peek(path: string): LevelDatabase | undefined {
    return this.#handles.get(path)?.database;
  }

  async release(path: string): Promise<void> {
    const handle = this.#handles.get(path);
    if (handle === undefined) return;
    handle.users -= 1;
    if (handle.users <= 0) await this.close(path);
  }

  /** Closes whatever the number of users. */
  async close(path: string): Promise<void> {
    const handle = this.#handles.get(path);
    if (handle === undefined) return this.#closing.get(path);
    this.#handles.delete(path);
    const closing = handle.opening
      .then((db) => db.close())
      .finally(() => {
        this.#closing.delete(path);
      });
    this.#closing.set(path, closing);
    await closing;
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#handles.keys()].map((path) => this.close(path)));
  }
}
