import { ByteArena } from '../byte-arena.ts';
import { ExactSums } from '../exact-sums.ts';
import { IdTable } from '../id-table.ts';
import { fileSizeBoundIndex, FILE_SIZE_BINS } from '../encodings/file-size-bins.ts';
import type { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { SparseBins } from './sparse-bins.ts';

/** What stands for the object id of a node: it has a row of its own in the bucket or directory table. */
const BUCKET = 1;
const DIRECTORY = 2;

/**
 * The buckets and directories of a namespace, numbered 0, 1, 2 …, in columns: about 70 bytes a node, its name, and
 * 9 bytes a used file-size bin. Each file is added to its direct parent only; `TreeTotals` adds up the subtrees.
 */
export class NamespaceTree {
  readonly ids = new IdTable();
  /** Node of the parent, as the directory row says; -1 without such a row. */
  parents = new Int32Array(1024).fill(-1);
  /** Files as Java counts them, in an int32 that wraps. */
  files = new Int32Array(1024);
  readonly sizes = new ExactSums(1024);
  readonly replicatedSizes = new ExactSums(1024);
  readonly bins = new SparseBins();
  binHeads = new Int32Array(1024).fill(-1);
  readonly names = new ByteArena();
  nameStarts = new Float64Array(1024);
  nameLengths = new Int32Array(1024);
  #roles = new Uint8Array(1024);

  get length(): number {
    return this.ids.length;
  }

  /** The node of an object id, which may be a new one. */
  node(high: number, low: number): number {
    const node = this.ids.indexOf(high, low);
    if (node >= this.parents.length) this.#grow();
    return node;
  }

  /** Takes an object id for a bucket; `false` when it is taken already. */
  addBucket(high: number, low: number): boolean {
    return this.#claim(this.node(high, low), BUCKET);
  }

  /**
   * Takes an object id for a directory named `bytes[nameStart .. nameEnd)`; returns its node, or -1 when the id is taken
   * already.
   */
  addDirectory(node: number, parent: number, bytes: Uint8Array, nameStart: number, nameEnd: number): boolean {
    if (!this.#claim(node, DIRECTORY)) return false;
    this.parents[node] = parent;
    this.nameStarts[node] = this.names.add(bytes, nameStart, nameEnd);
    this.nameLengths[node] = nameEnd - nameStart;
    return true;
  }

  isDirectory(node: number): boolean {
    return this.#roles[node] === DIRECTORY;
  }

  /** Takes the directory row of a node back: it has neither name nor parent any more. */
  removeDirectory(node: number): void {
    this.#roles[node] = 0;
    this.parents[node] = -1;
    this.nameLengths[node] = 0;
  }

  /** Adds a file to its direct parent. */
  addFile(parent: number, key: KeyInfo): void {
    this.files[parent] = (this.files[parent] ?? 0) + 1;
    const bin = Math.min(fileSizeBoundIndex(key.size), FILE_SIZE_BINS - 1);
    this.binHeads[parent] = this.bins.add(this.binHeads[parent] ?? -1, bin);
    if (key.wide) {
      this.sizes.addBig(parent, key.sizeBig);
      this.replicatedSizes.addBig(parent, key.replicatedBig);
    } else {
      this.sizes.add(parent, key.size);
      this.replicatedSizes.add(parent, key.replicated);
    }
  }

  /** Whether a file lies directly in it. */
  hasFiles(node: number): boolean {
    return (this.binHeads[node] ?? -1) >= 0;
  }

  /** Id 0 stands for "no parent" in Recon's rows: whoever has it as parent is listed there, but adds nothing to it. */
  isZero(node: number): boolean {
    return this.ids.low[node] === 0 && this.ids.high[node] === 0;
  }

  #claim(node: number, role: number): boolean {
    if (this.#roles[node] !== 0) return false;
    this.#roles[node] = role;
    return true;
  }

  #grow(): void {
    const before = this.parents.length;
    const capacity = before * 2;
    this.parents = copyInto(new Int32Array(capacity), this.parents).fill(-1, before);
    this.binHeads = copyInto(new Int32Array(capacity), this.binHeads).fill(-1, before);
    this.files = copyInto(new Int32Array(capacity), this.files);
    this.nameLengths = copyInto(new Int32Array(capacity), this.nameLengths);
    this.nameStarts = copyInto(new Float64Array(capacity), this.nameStarts);
    this.#roles = copyInto(new Uint8Array(capacity), this.#roles);
    this.sizes.grow(capacity);
    this.replicatedSizes.grow(capacity);
  }
}

interface Column {
  set(values: ArrayLike<number>): void;
}

function copyInto<T extends Column>(larger: T, column: ArrayLike<number>): T {
  larger.set(column);
  return larger;
}
