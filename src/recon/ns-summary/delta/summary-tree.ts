import type { TransactionBytes } from '../../../store/transaction-table.ts';
import { IdTable } from '../../id-table.ts';
import { idKey } from '../claims.ts';
import { FileTotals } from '../file-totals.ts';
import { RowBuilder } from '../row-builder.ts';
import { SummaryNode } from './summary-node.ts';

/** Where a directory hangs. */
export interface Attachment {
  /** `undefined` is id 0. */
  readonly parent: SummaryNode | undefined;
  readonly name: Uint8Array;
}

/**
 * The part of the tree that a delta touches. After every step the totals of a node are those of its direct files and of
 * its children, so the order of the steps does not matter. Id 0 stands for "no parent": whoever has it as parent is
 * listed there, but adds nothing to it.
 */
export class SummaryTree {
  readonly #table: TransactionBytes;
  readonly #ids = new IdTable();
  readonly #nodes: SummaryNode[] = [];
  readonly #touched = new Set<SummaryNode>();
  readonly #netFiles = new Map<SummaryNode, FileTotals>();
  readonly zero: SummaryNode;

  constructor(table: TransactionBytes) {
    this.#table = table;
    this.zero = this.node(0, 0);
  }

  /** The node of an object id; its row is only there after `load`. */
  node(high: number, low: number): SummaryNode {
    const index = this.#ids.indexOf(high, low);
    let node = this.#nodes[index];
    if (node === undefined) {
      node = new SummaryNode(high, low, idKey(high, low));
      this.#nodes.push(node);
    }
    return node;
  }

  /** The node of a parent's id: `undefined` for id 0. */
  readonly parentNode = (high: number, low: number): SummaryNode | undefined =>
    (high | low) === 0 ? undefined : this.node(high, low);

  /** What the delta does to the direct files of a node: to be added to. */
  netFiles(node: SummaryNode): FileTotals {
    let totals = this.#netFiles.get(node);
    if (totals === undefined) {
      totals = new FileTotals();
      this.#netFiles.set(node, totals);
    }
    return totals;
  }

  /** Reads the rows of these nodes, of those that get or lose files, and of all their ancestors, level by level. */
  async load(nodes: Iterable<SummaryNode>): Promise<void> {
    for (let level = new Set([...nodes, ...this.#netFiles.keys()]); level.size > 0;) {
      const wanted = [...level].filter(({ isLoaded }) => !isLoaded);
      const rows = wanted.length === 0 ? [] : await this.#table.getMany(wanted.map(({ key }) => key));
      level = new Set();
      for (const [index, node] of wanted.entries()) {
        node.read(rows[index], this.parentNode);
        if (node.parent !== undefined) level.add(node.parent);
      }
    }
  }

  /** Books what was collected in `netFiles`, each node's once. */
  bookFiles(): void {
    for (const [node, totals] of this.#netFiles) {
      this.#touched.add(node);
      node.addBins(totals);
      this.#addUp(node, totals.files, totals.size.value, totals.replicated.value);
    }
  }

  /** Takes a directory out of its parent; does nothing to one that hangs nowhere. */
  detach(node: SummaryNode): void {
    this.#touched.add(node);
    this.#setChild(node, false);
    this.#addUp(node.parent, -node.files, -node.size, -node.replicated);
    node.parent = undefined;
    node.name = new Uint8Array(0);
    node.isDirectory = false;
  }

  /** Hangs a directory that hangs nowhere below its parent. */
  attach(node: SummaryNode, { parent, name }: Attachment): void {
    this.#touched.add(node);
    node.parent = parent;
    node.name = name;
    node.isDirectory = true;
    this.#setChild(node, true);
    this.#addUp(parent, node.files, node.size, node.replicated);
  }

  /**
   * Writes the rows of all nodes that were touched. A row exists if its directory row exists, or a file lies directly in
   * it, or it is the parent of a directory row. `isDirectory` is asked where the old row does not tell.
   */
  async write(isDirectory: (node: SummaryNode) => Promise<boolean>): Promise<void> {
    const row = new RowBuilder();
    for (const node of this.#touched) {
      const { children } = node;
      if (node.hasFiles || children.length > 0 || (node.isDirectory ?? (await isDirectory(node)))) {
        node.write(row, children);
        this.#table.put(node.key, row.copy());
      } else {
        this.#table.del(node.key);
      }
    }
  }

  #setChild(node: SummaryNode, isChild: boolean): void {
    const parent = node.parent ?? this.zero;
    this.#touched.add(parent);
    parent.setChild(node, isChild);
  }

  #addUp(first: SummaryNode | undefined, files: number, size: bigint, replicated: bigint): void {
    for (let node = first; node !== undefined; node = node.parent) {
      this.#touched.add(node);
      node.addTotals(files, size, replicated);
    }
  }
}
