import { StagedReprocessError, throwIfAborted } from '../../errors.ts';
import { untilAborted } from '../../source/scan-batches.ts';
import type { RowBatch, ScanOptions, ScanVisitor } from '../../source/source.ts';
import { compareBytes } from '../rocksdb/byte-order.ts';
import type { RocksCheckpoint } from '../rocksdb/rocks-checkpoint.ts';
import { MergedScan } from './merged-scan.ts';
import type { OverlayState } from './overlay-state.ts';
import type { OverlayView } from './overlay.ts';

/** A row as it is now, and whether the checkpoint has one with its key. */
export interface MirrorRow {
  readonly value: Uint8Array | undefined;
  readonly inCheckpoint: boolean;
}

/** The rows of a copy at one moment: its checkpoint under what its overlay said then. Whoever opened it closes it. */
export class MirrorView {
  readonly state: OverlayState;
  readonly tables: readonly string[];
  readonly #checkpoint: RocksCheckpoint;
  readonly #overlay: OverlayView;
  readonly #familyIds: ReadonlyMap<string, number>;
  #isClosed = false;

  constructor(checkpoint: RocksCheckpoint, overlay: OverlayView, state: OverlayState) {
    this.state = state;
    this.#checkpoint = checkpoint;
    this.#overlay = overlay;
    this.tables = tablesOf(checkpoint);
    const own = new Set(this.tables);
    this.#familyIds = new Map(
      [...checkpoint.familyNames].flatMap(([id, name]) => (own.has(name) ? [[name, id]] : [])),
    );
  }

  estimateRows(table: string): number | undefined {
    if (!this.#familyIds.has(table)) return undefined;
    const inCheckpoint = this.#checkpoint.families.get(table)?.estimatedRows ?? 0;
    return Math.max(0, inCheckpoint + (this.state.growth[table] ?? 0));
  }

  async scan(table: string, visitor: ScanVisitor, { signal }: ScanOptions = {}): Promise<void> {
    this.#requireOpen();
    throwIfAborted(signal);
    const familyId = this.#familyIds.get(table);
    if (familyId === undefined) {
      await untilAborted(visitor.end?.(), signal);
      return;
    }
    const overlay = await this.#overlay.rows(familyId);
    try {
      const merged = new MergedScan(overlay, visitor, signal);
      const rows = async (batch: RowBatch): Promise<void> => {
        this.#requireOpen();
        await merged.checkpoint(batch);
      };
      await this.#checkpoint.scan(table, { rows }, signal === undefined ? {} : { signal });
      this.#requireOpen();
      await merged.end();
    } finally {
      await overlay.close();
    }
  }

  async get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    const [row] = await this.getMany(table, [key]);
    return row?.value;
  }

  /** In the order of the keys, which must ascend. */
  async getMany(table: string, keys: readonly Uint8Array[]): Promise<readonly MirrorRow[]> {
    this.#requireOpen();
    const familyId = this.#familyIds.get(table);
    if (familyId === undefined) return keys.map(() => ({ value: undefined, inCheckpoint: false }));
    const changed = await this.#overlay.getMany(familyId, keys);
    const unchanged = await this.#checkpoint.getMany(
      table,
      keys.filter((_, i) => changed[i] === undefined),
    );
    const values = unchanged.values();
    return changed.map((row) => {
      if (row !== undefined) return { value: row.value, inCheckpoint: row.hides };
      const value = values.next().value;
      return { value, inCheckpoint: value !== undefined };
    });
  }

  /** Copies of the keys of a table's rows from `start` up to, without, `end`. */
  async keysBetween(
    table: string,
    start: Uint8Array,
    end: Uint8Array,
    options?: ScanOptions,
  ): Promise<readonly Uint8Array[]> {
    const keys: Uint8Array[] = [];
    const behind = new Error('The scan is behind the end of the range');
    const rows = (batch: RowBatch): void => {
      for (let row = 0; row < batch.length; row++) {
        const key = batch.key(row);
        if (compareBytes(key, end) >= 0) throw behind;
        if (compareBytes(key, start) >= 0) keys.push(key.slice());
      }
    };
    await this.scan(table, { rows }, options).catch((error: unknown) => {
      if (error !== behind) throw error;
    });
    return keys;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#overlay.close();
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The snapshot is closed');
  }
}

/** The default family is RocksDB's own affair. */
export function tablesOf(checkpoint: RocksCheckpoint): readonly string[] {
  return [...checkpoint.families.keys()].filter((name) => name !== 'default');
}
