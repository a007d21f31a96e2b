import { isSameValue } from '../../../store/compare-bytes.ts';
import type { TransactionBytes } from '../../../store/transaction-table.ts';
import { viewOf } from '../../encodings/big-endian.ts';
import {
  BUCKET_CLAIM,
  claimKey,
  DIRECTORY_CLAIM,
  MARKER_CLAIM,
  rankOf,
  rowKeyOf,
  type Claim,
} from '../claims.ts';
import { directoryName } from '../directory-name.ts';
import { BUCKET_TAKEN, OWN_ANCESTOR, TAKEN } from '../reasons.ts';
import type { Contest } from './claim-changes.ts';
import { nodesOnCycles } from './cycles.ts';
import type { DeltaParts } from './delta-parts.ts';
import { bucketKeyOf, parentLengthOf, type FolderChanges } from './folder-changes.ts';
import type { SummaryNode } from './summary-node.ts';
import type { Attachment } from './summary-tree.ts';

const SOURCE_TABLES: Readonly<Record<number, string>> = {
  [BUCKET_CLAIM]: 'bucketTable',
  [DIRECTORY_CLAIM]: 'directoryTable',
  [MARKER_CLAIM]: 'keyTable',
};

/** Hangs the directories that a delta touches where they belong. */
export class DirectoryChanges {
  readonly #cycles: TransactionBytes;
  readonly #parts: DeltaParts;
  readonly #folders: FolderChanges;
  /** Those that may hang elsewhere after the delta, and the claim that decides it. */
  readonly #claims = new Map<SummaryNode, Claim | undefined>();
  readonly #wanted = new Map<SummaryNode, Attachment>();
  /** Those that lay on a cycle. */
  #cyclicBefore: readonly SummaryNode[] = [];

  constructor(cycles: TransactionBytes, parts: DeltaParts, folders: FolderChanges) {
    this.#cycles = cycles;
    this.#parts = parts;
    this.#folders = folders;
  }

  /** Decides the claims and which directories they concern. */
  async decide(): Promise<void> {
    const { claims } = this.#parts;
    // A cycle is made and broken by claims alone.
    if (!claims.isEmpty) this.#cyclicBefore = await this.#storedCyclic();
    const contests = await claims.contests(new Set([...claims.nodes, ...this.#cyclicBefore]));
    this.#tellLosers(contests);
    await this.#folders.decide(contests);
    for (const [node, { after }] of contests) this.#claims.set(node, after);
    for (const { key, node } of await this.#folders.movedMarkers()) {
      if (this.#claims.has(node)) continue;
      this.#claims.set(node, { key: claimKey(node.key, MARKER_CLAIM, key), value: new Uint8Array(0) });
    }
    await this.#findParents();
  }

  /** Changes the tree, whose nodes are loaded with all that is above them. */
  async apply(): Promise<void> {
    const { tree, claims, context } = this.#parts;
    const concerned = [...this.#claims.keys()];
    const parents = [...this.#wanted.values()].flatMap(({ parent }) => parent ?? []);
    await tree.load([...concerned, ...parents, ...(concerned.length > 0 ? [tree.zero] : [])]);
    const cyclic = nodesOnCycles(concerned, (node) =>
      this.#claims.has(node) ? this.#wanted.get(node)?.parent : node.parent,
    );
    for (const node of new Set([...concerned, ...cyclic])) tree.detach(node);
    for (const [node, attachment] of this.#wanted) if (!cyclic.has(node)) tree.attach(node, attachment);
    const before = new Set(this.#cyclicBefore);
    for (const node of before) if (!cyclic.has(node)) this.#cycles.del(node.key);
    for (const node of cyclic) {
      this.#cycles.put(node.key, new Uint8Array(0));
      const old = await claims.stored(node);
      const claim = this.#claims.get(node) ?? old;
      if (claim === undefined || (before.has(node) && isSameValue(claim.key, old?.key))) continue;
      context.quarantine({ table: 'directoryTable', key: rowKeyOf(claim), reason: OWN_ANCESTOR });
    }
  }

  /** Whether a node that this delta has hung nowhere has a directory row, or marker, that counts. */
  readonly isDirectory = async (node: SummaryNode): Promise<boolean> => {
    const claim = await this.#parts.claims.stored(node);
    if (claim === undefined || rankOf(claim) === BUCKET_CLAIM) return false;
    return (await this.#cycles.get(node.key)) === undefined;
  };

  async #storedCyclic(): Promise<SummaryNode[]> {
    const nodes: SummaryNode[] = [];
    for await (const { key } of this.#cycles.range()) {
      const view = viewOf(key);
      nodes.push(this.#parts.tree.node(view.getInt32(0), view.getInt32(4)));
    }
    return nodes;
  }

  #tellLosers(contests: ReadonlyMap<SummaryNode, Contest>): void {
    for (const { losers } of contests.values()) {
      for (const loser of losers) {
        const rank = rankOf(loser);
        this.#parts.context.quarantine({
          table: SOURCE_TABLES[rank] ?? '',
          key: rowKeyOf(loser),
          reason: rank === BUCKET_CLAIM ? BUCKET_TAKEN : TAKEN,
        });
      }
    }
  }

  async #findParents(): Promise<void> {
    const parents = [...this.#claims.values()].flatMap((claim) => {
      if (claim === undefined || rankOf(claim) !== MARKER_CLAIM) return [];
      const key = rowKeyOf(claim);
      const length = parentLengthOf(key);
      return length === 0 ? [] : [key.subarray(0, length)];
    });
    await this.#folders.load(parents);
    for (const [node, claim] of this.#claims) {
      const rank = claim === undefined ? BUCKET_CLAIM : rankOf(claim);
      if (claim === undefined || rank === BUCKET_CLAIM) continue;
      this.#wanted.set(node, rank === DIRECTORY_CLAIM ? this.#directory(claim) : this.#marker(claim));
    }
  }

  #directory({ value }: Claim): Attachment {
    const view = viewOf(value);
    const parent = this.#parts.tree.parentNode(view.getInt32(0), view.getInt32(4));
    return { parent, name: value.subarray(8) };
  }

  #marker(claim: Claim): Attachment {
    const { tree, buckets } = this.#parts;
    const key = rowKeyOf(claim);
    const bucketKey = bucketKeyOf(key);
    const parentLength = parentLengthOf(key);
    const above = parentLength === 0 ? undefined : this.#folders.folder(key.subarray(0, parentLength));
    const directory = above === undefined ? undefined : this.#folders.directory(above);
    const parent = directory ?? buckets.get(bucketKey).after?.node;
    return {
      parent: parent === tree.zero ? undefined : parent,
      name: directoryName(key, bucketKey.length + 1, key.length),
    };
  }
}
