import type { Sink } from '../../task/context.ts';
import { putInt32, putInt64 } from '../encodings/big-endian.ts';
import { FILE_SIZE_BINS } from '../encodings/file-size-bins.ts';
import { NS_SUMMARY_FIXED_BYTES } from '../encodings/ns-summary.ts';
import type { Pacing } from '../pacing.ts';
import type { NamespaceTree } from './namespace-tree.ts';

/** The children of all nodes, in one array: those of `node` lie in `nodes[starts[node] .. starts[node + 1])`. */
interface Children {
  readonly starts: Int32Array;
  readonly nodes: Int32Array;
}

/**
 * Writes the rows of `namespaceSummaryTable`, in ascending order. A row exists if its directory row exists, or a file
 * lies directly in it, or it is the parent of a directory row.
 */
export async function writeNamespaceRows(tree: NamespaceTree, sink: Sink, pacing: Pacing): Promise<void> {
  const order = tree.ids.order();
  const children = childrenOf(tree, order);
  const key = new Uint8Array(8);
  let value = new Uint8Array(4096);
  for (const node of order) {
    const childCount = (children.starts[node + 1] ?? 0) - (children.starts[node] ?? 0);
    if (childCount === 0 && !tree.isDirectory(node) && !tree.hasFiles(node)) continue;
    const length = NS_SUMMARY_FIXED_BYTES + 8 * childCount + (tree.nameLengths[node] ?? 0);
    if (length > value.length) value = new Uint8Array(length * 2);
    putInt64(key, 0, tree.ids.high[node] ?? 0, tree.ids.low[node] ?? 0);
    encodeNode(tree, node, children, value);
    const wait = pacing.row(sink.putBytes(key, 8, value, length));
    if (wait !== undefined) await wait;
  }
}

/** Writes the rows of `cyclicDirectories`, which have no values. */
export async function writeCycles(
  tree: NamespaceTree,
  cyclic: readonly number[],
  sink: Sink,
  pacing: Pacing,
): Promise<void> {
  if (cyclic.length === 0) return;
  const left = new Set(cyclic);
  const key = new Uint8Array(8);
  for (const node of tree.ids.order()) {
    if (!left.has(node)) continue;
    putInt64(key, 0, tree.ids.high[node] ?? 0, tree.ids.low[node] ?? 0);
    const wait = pacing.row(sink.putBytes(key, 8, key, 0));
    if (wait !== undefined) await wait;
  }
}

/** Groups the nodes by parent; since they come in byte order of their ids, so do each parent's children. */
function childrenOf(tree: NamespaceTree, order: Int32Array): Children {
  const starts = new Int32Array(tree.length + 1);
  for (const node of order) {
    const parent = tree.parents[node] ?? -1;
    if (parent >= 0) starts[parent + 1] = (starts[parent + 1] ?? 0) + 1;
  }
  for (let node = 0; node < tree.length; node++)
    starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const next = starts.slice();
  const nodes = new Int32Array(starts[tree.length] ?? 0);
  for (const node of order) {
    const parent = tree.parents[node] ?? -1;
    if (parent < 0) continue;
    const at = next[parent] ?? 0;
    next[parent] = at + 1;
    nodes[at] = node;
  }
  return { starts, nodes };
}

function encodeNode(tree: NamespaceTree, node: number, children: Children, value: Uint8Array): void {
  const { ids } = tree;
  const first = children.starts[node] ?? 0;
  const last = children.starts[node + 1] ?? 0;
  let at = putInt32(value, 0, tree.files[node] ?? 0);
  at = tree.sizes.write(node, value, at);
  value[at++] = FILE_SIZE_BINS >>> 8;
  value[at++] = FILE_SIZE_BINS;
  at = tree.bins.write(tree.binHeads[node] ?? -1, value, at);
  at = putInt32(value, at, last - first);
  for (let index = first; index < last; index++) {
    const child = children.nodes[index] ?? 0;
    at = putInt64(value, at, ids.high[child] ?? 0, ids.low[child] ?? 0);
  }
  const nameLength = tree.nameLengths[node] ?? 0;
  const nameStart = tree.nameStarts[node] ?? 0;
  at = putInt32(value, at, nameLength);
  value.set(tree.names.bytes.subarray(nameStart, nameStart + nameLength), at);
  at += nameLength;
  const parent = tree.parents[node] ?? -1;
  at = putInt64(value, at, parent < 0 ? 0 : (ids.high[parent] ?? 0), parent < 0 ? 0 : (ids.low[parent] ?? 0));
  tree.replicatedSizes.write(node, value, at);
}
