/** The nodes that are their own ancestors, among `starts` and all that is above them. */
export function nodesOnCycles<Node>(
  starts: Iterable<Node>,
  parentOf: (node: Node) => Node | undefined,
): Set<Node> {
  const cyclic = new Set<Node>();
  /** Node → from which start it was first reached. */
  const reached = new Map<Node, Node>();
  for (const start of starts) {
    let at: Node | undefined = start;
    while (at !== undefined && !reached.has(at)) {
      reached.set(at, start);
      at = parentOf(at);
    }
    // Met on this very way up: the way from here leads back to it.
    if (at === undefined || reached.get(at) !== start) continue;
    for (let node: Node | undefined = at; node !== undefined && !cyclic.has(node); node = parentOf(node)) {
      cyclic.add(node);
    }
  }
  return cyclic;
}
