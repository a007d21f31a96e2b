import {
  memorySource,
  StagedReprocessor,
  type Delta,
  type MemorySource,
  type OpenOptions,
  type SourceEvent,
} from '../../../src/index.ts';
import { reconTasks } from '../../../src/recon/index.ts';
import type { OmRows } from '../om-rows.ts';
import { reconStores, type ReconStores } from '../recon-stores.ts';

type Options = Omit<Partial<OpenOptions<ReconStores>>, 'dataDir' | 'stores'>;

const FIRST_SEQUENCE = 1n;

/** The six tasks in a reprocessor with their real stores, and the Ozone Manager that they follow, in memory. */
export class FollowedHost implements AsyncDisposable {
  readonly source: MemorySource;
  readonly #rows = new Map<string, Uint8Array>();
  readonly #events: SourceEvent[] = [];
  readonly #dataDir: string;
  #opened: StagedReprocessor<ReconStores> | undefined;

  constructor(dataDir: string, rows: OmRows) {
    this.#dataDir = dataDir;
    this.source = memorySource({ sequence: FIRST_SEQUENCE, tables: rows.tables });
    for (const [table, all] of Object.entries(rows.tables)) {
      for (const [key, value] of all) this.#rows.set(nameOf(table, key), Buffer.from(value));
    }
  }

  /** Opens the data directory, for the first time or again; builds what is not live. */
  async open(options: Options = {}): Promise<void> {
    this.#opened = await StagedReprocessor.open({
      dataDir: this.#dataDir,
      stores: reconStores(),
      tasks: reconTasks(),
      source: this.source,
      maxShrink: 1,
      diskReserveBytes: 0,
      ...options,
    });
    // Told on purpose by what the tests do.
    this.#opened.on('alert', () => undefined);
    if (!this.#opened.status().ready) await this.#opened.reprocess();
  }

  get reprocessor(): StagedReprocessor<ReconStores> {
    if (this.#opened === undefined) throw new Error('The host is not open');
    return this.#opened;
  }

  /** Changes rows in the Ozone Manager; nobody is told yet. */
  change(rows: OmRows, ...gone: readonly (readonly [table: string, key: string])[]): void {
    for (const [table, all] of Object.entries(rows.tables)) {
      for (const [key, value] of all) this.#event(this.source.set(table, key, value), table, key, value);
    }
    for (const [table, key] of gone) this.#event(this.source.delete(table, key), table, key, undefined);
  }

  /** What changed after one sequence, through another or all there is. */
  delta(after: bigint, through = this.source.sequence): Delta {
    return {
      after,
      through,
      events: this.#events.filter((event) => event.sequence > after && event.sequence <= through),
    };
  }

  /** Waits until everything is live; gives the tables that a rebuild would make differently. */
  async wrongTables(): Promise<readonly string[]> {
    await this.reprocessor.whenApplied(this.source.sequence);
    for (;;) {
      // A run that the library has started itself may still be ending.
      const { differences } = await this.reprocessor.reprocess({ shadow: true, whenRunning: 'join' });
      if (differences === undefined) continue;
      return differences
        .filter(({ added, removed, changed }) => added + removed + changed > 0)
        .map(({ table }) => table);
    }
  }

  async stat(key: string): Promise<bigint | undefined> {
    const row = await this.reprocessor.read((lease) =>
      lease
        .store('stats')
        .selectFrom('GLOBAL_STATS')
        .select('value')
        .where('key', '=', key)
        .executeTakeFirst(),
    );
    return row?.value;
  }

  async close(): Promise<void> {
    await this.#opened?.close();
    this.#opened = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #event(
    sequence: bigint,
    table: string,
    key: Uint8Array | string,
    value: Uint8Array | string | undefined,
  ): void {
    const name = nameOf(table, key);
    const after = value === undefined ? undefined : Buffer.from(value);
    this.#events.push({ sequence, table, key: Buffer.from(key), before: this.#rows.get(name), after });
    if (after === undefined) this.#rows.delete(name);
    else this.#rows.set(name, after);
  }
}

function nameOf(table: string, key: Uint8Array | string): string {
  return `${table} ${Buffer.from(key).toString('hex')}`;
}
