import type { NamespaceTree } from './namespace-tree.ts';

/**
 * Adds the files of every directory to its ancestors, once, from the leaves up. Directories that lie on a cycle are no
 * part of any subtree: their rows are taken back (`removeDirectory`), and they are returned. What hangs below them is
 * counted in them all the same.
 */
export function addUpTotals(tree: NamespaceTree): number[] {
  const waitsFor = new Int32Array(tree.length);
  for (let node = 0; node < tree.length; node++) {
    const parent = summedParent(tree, node);
    if (parent >= 0) waitsFor[parent] = (waitsFor[parent] ?? 0) + 1;
  }
  const ready = new Int32Array(tree.length);
  let readyLength = 0;
  for (let node = 0; node < tree.length; node++) if (waitsFor[node] === 0) ready[readyLength++] = node;
  while (readyLength > 0) {
    const node = ready[--readyLength] ?? 0;
    const parent = summedParent(tree, node);
    if (parent < 0) continue;
    tree.files[parent] = (tree.files[parent] ?? 0) + (tree.files[node] ?? 0);
    tree.sizes.addSum(parent, node);
    tree.replicatedSizes.addSum(parent, node);
    const left = (waitsFor[parent] ?? 0) - 1;
    waitsFor[parent] = left;
    if (left === 0) ready[readyLength++] = parent;
  }
  // Every node has one parent, so those that still wait for a child are exactly the nodes of the cycles.
  const cyclic: number[] = [];
  waitsFor.forEach((left, node) => {
    if (left > 0) cyclic.push(node);
  });
  for (const node of cyclic) tree.removeDirectory(node);
  return cyclic;
}

function summedParent(tree: NamespaceTree, node: number): number {
  const parent = tree.parents[node] ?? -1;
  return parent >= 0 && !tree.isZero(parent) ? parent : -1;
}
