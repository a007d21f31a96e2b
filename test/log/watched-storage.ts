import type { LogRange, LogStorage, LogWrite } from '../../src/log/log-storage.ts';

/** A storage that counts, fails and waits on demand. */
export class WatchedStorage implements LogStorage {
  readonly inner: LogStorage;
  readonly batches: { readonly rows: readonly LogWrite[]; readonly sync: boolean }[] = [];
  reopened = 0;
  /** Called before a write; throws or waits in its place. */
  beforeWrite: (rows: readonly LogWrite[]) => Promise<void> | void = () => undefined;
  afterWrite: () => Promise<void> | void = () => undefined;
  beforeReopen: () => void = () => undefined;
  /** Called between two rows that are read. */
  betweenRows: () => Promise<void> | void = () => undefined;

  constructor(inner: LogStorage) {
    this.inner = inner;
  }

  async write(rows: readonly LogWrite[], options: { readonly sync: boolean }): Promise<void> {
    await this.beforeWrite(rows);
    await this.inner.write(rows, options);
    this.batches.push({ rows, sync: options.sync });
    await this.afterWrite();
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.inner.get(key);
  }

  keys(range: LogRange): AsyncIterable<readonly Uint8Array[]> {
    return this.inner.keys(range);
  }

  rows(range: LogRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    const rows = this.inner.rows(range);
    const between = (): Promise<void> | void => this.betweenRows();
    return (async function* () {
      for await (const row of rows) {
        yield row;
        await between();
      }
    })();
  }

  async reopen(): Promise<void> {
    this.reopened += 1;
    this.beforeReopen();
    await this.inner.reopen();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** A promise that the test resolves. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    passed: promise,
    open: () => {
      resolve(undefined);
    },
  };
}
