import type { PoolClient } from 'pg';
import {
  rowBatch,
  StagedReprocessError,
  type ScanOptions,
  type ScanVisitor,
  type SourceSnapshot,
} from 'staged-reprocessor';

const FETCH_ROWS = 1000;

interface SnapshotState {
  readonly sequence: bigint;
  readonly history: string;
  readonly estimatedRows: number;
}

/**
 * One repeatable-read transaction. It also sees what was committed above its position; the view `orders_at_position`
 * takes that back. Rows come through cursors, so that neither side holds the table in memory.
 */
export class OrdersSnapshot implements SourceSnapshot {
  readonly sequence: bigint;
  readonly history: string;
  readonly tables = ['orders'];
  readonly #client: PoolClient;
  readonly #estimatedRows: number;
  #cursors = 0;
  #closed = false;

  constructor(client: PoolClient, { sequence, history, estimatedRows }: SnapshotState) {
    this.#client = client;
    this.sequence = sequence;
    this.history = history;
    this.#estimatedRows = estimatedRows;
    // A lost connection is told by the query that fails; without a listener it would end the process.
    client.on('error', ignore);
  }

  estimateRows(table: string): number | undefined {
    if (table !== 'orders') return 0;
    return this.#estimatedRows < 0 ? undefined : this.#estimatedRows; // -1: never analysed
  }

  async scan(table: string, visitor: ScanVisitor, { signal }: ScanOptions = {}): Promise<void> {
    this.#check(signal);
    if (table === 'orders') {
      const cursor = `scan_${(this.#cursors += 1)}`;
      await this.#client.query(
        `DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT key, value::text FROM orders_at_position ORDER BY key`,
      );
      for (;;) {
        const { rows } = await this.#client.query<{ key: string; value: string }>(
          `FETCH ${FETCH_ROWS} FROM ${cursor}`,
        );
        this.#check(signal);
        if (rows.length === 0) break;
        await visitor.rows(rowBatch(rows.map(({ key, value }) => [key, value])));
        this.#check(signal);
      }
      await this.#client.query(`CLOSE ${cursor}`);
    }
    await visitor.end?.();
  }

  async get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#check();
    if (table !== 'orders' || key.includes(0)) return undefined; // no text of PostgreSQL holds a zero
    const { rows } = await this.#client.query<{ value: string }>(
      'SELECT value::text FROM orders_at_position WHERE key = $1',
      [Buffer.from(key).toString()],
    );
    return rows[0] === undefined ? undefined : Buffer.from(rows[0].value);
  }

  async close(): Promise<void> {
    this.#closed = true;
    try {
      await this.#client.query('ROLLBACK');
    } finally {
      this.#client.off('error', ignore);
      this.#client.release();
    }
  }

  #check(signal?: AbortSignal): void {
    if (this.#closed) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The snapshot is closed');
    if (signal?.aborted !== true) return;
    throw new StagedReprocessError('REPROCESS_ABORTED', 'The scan was aborted', { cause: signal.reason });
  }
}

function ignore(): void {
  // Told elsewhere.
}
