import { viewOf } from '../../encodings/big-endian.ts';
import { FILE_SIZE_BINS } from '../../encodings/file-size-bins.ts';
import { NS_SUMMARY_HEAD_BYTES } from '../../encodings/ns-summary.ts';
import { emptyBins, type FileTotals } from '../file-totals.ts';
import type { RowBuilder } from '../row-builder.ts';
import { mergeChildren } from './child-ids.ts';

const NOTHING = new Uint8Array(0);
/** Position of the first bin in a row. */
const FIRST_BIN = 14;

/** A bucket or directory that a delta has to do with: its row of `namespaceSummaryTable`, decoded and changed in memory. */
export class SummaryNode {
  readonly high: number;
  readonly low: number;
  /** The object id. */
  readonly key: Uint8Array;
  isLoaded = false;
  /** The next four are totals of the subtree, as in the row; the sizes may have left 64 bits. */
  files = 0;
  size = 0n;
  replicated = 0n;
  name: Uint8Array = NOTHING;
  /** `undefined` is id 0. */
  parent: SummaryNode | undefined;
  /** Whether it has a directory row, or marker, that counts. `undefined` when its own row does not tell. */
  isDirectory: boolean | undefined = false;
  /** Bins as they are stored, until they change: those of ancestors do not. */
  #storedBins: Uint8Array = NOTHING;
  #bins: number[] | undefined;
  #storedChildren: Uint8Array = NOTHING;
  #childChanges: Map<SummaryNode, boolean> | undefined;

  constructor(high: number, low: number, key: Uint8Array) {
    this.high = high;
    this.low = low;
    this.key = key;
  }

  /** Takes the stored row; `nodeOf` gives the node of the parent's id. */
  read(row: Uint8Array | undefined, nodeOf: (high: number, low: number) => SummaryNode | undefined): void {
    this.isLoaded = true;
    if (row === undefined) return;
    const view = viewOf(row);
    this.files = view.getInt32(0);
    this.size = view.getBigInt64(4);
    this.#storedBins = row.subarray(FIRST_BIN, NS_SUMMARY_HEAD_BYTES);
    const nameLengthAt = NS_SUMMARY_HEAD_BYTES + 4 + 8 * view.getInt32(NS_SUMMARY_HEAD_BYTES);
    this.#storedChildren = row.subarray(NS_SUMMARY_HEAD_BYTES + 4, nameLengthAt);
    const nameEnd = nameLengthAt + 4 + view.getInt32(nameLengthAt);
    this.name = row.subarray(nameLengthAt + 4, nameEnd);
    this.parent = nodeOf(view.getInt32(nameEnd), view.getInt32(nameEnd + 4));
    this.replicated = view.getBigInt64(nameEnd + 8);
    // Only a directory has a name, a parent, or a row although it has neither files nor children.
    const showsIt = this.name.length > 0 || this.parent !== undefined;
    this.isDirectory = showsIt || (!this.hasFiles && this.#storedChildren.length === 0) || undefined;
  }

  /** Whether a file lies directly in it. */
  get hasFiles(): boolean {
    const bins: readonly number[] | Uint8Array = this.#bins ?? this.#storedBins;
    return bins.some((count: number) => count !== 0);
  }

  /** Counts direct files by their sizes. */
  addBins({ bins }: FileTotals): void {
    this.#bins ??= readBins(this.#storedBins);
    for (const [bin, count] of bins.entries()) this.#bins[bin] = ((this.#bins[bin] ?? 0) + count) | 0;
  }

  addTotals(files: number, size: bigint, replicated: bigint): void {
    this.files = (this.files + files) | 0;
    this.size += size;
    this.replicated += replicated;
  }

  /** Lists a child, or takes it from the list. */
  setChild(child: SummaryNode, isChild: boolean): void {
    this.#childChanges ??= new Map();
    this.#childChanges.set(child, isChild);
  }

  /** Ids of the children, in byte order. */
  get children(): Uint8Array {
    if (this.#childChanges === undefined) return this.#storedChildren;
    const changes = [...this.#childChanges].map(([{ key }, isChild]) => ({ key, isChild }));
    return mergeChildren(this.#storedChildren, changes);
  }

  write(row: RowBuilder, children: Uint8Array): void {
    row.clear().int32(this.files).bigint(this.size).uint8(0).uint8(FILE_SIZE_BINS);
    if (this.#bins === undefined && this.#storedBins.length > 0) row.part(this.#storedBins);
    else for (const count of this.#bins ?? emptyBins()) row.int32(count);
    row.int32(children.length / 8).part(children);
    row.int32(this.name.length).part(this.name);
    row.int64(this.parent?.high ?? 0, this.parent?.low ?? 0).bigint(this.replicated);
  }
}

function readBins(stored: Uint8Array): number[] {
  const bins = emptyBins();
  if (stored.length === 0) return bins;
  const view = viewOf(stored);
  return bins.map((_, bin) => view.getInt32(4 * bin));
}
