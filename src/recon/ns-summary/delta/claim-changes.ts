import { isSameValue } from '../../../store/compare-bytes.ts';
import { keyName } from '../../../store/table-changes.ts';
import type { TransactionBytes } from '../../../store/transaction-table.ts';
import { claimKey, type Claim } from '../claims.ts';
import type { SummaryNode } from './summary-node.ts';

/** Who is the bucket or directory of an object id, before and after a delta. */
export interface Contest {
  readonly before: Claim | undefined;
  readonly after: Claim | undefined;
  /** Of the claims that are new, or counted before, those that do not count. */
  readonly losers: readonly Claim[];
}

interface ClaimChange {
  readonly key: Uint8Array;
  /** `undefined` when it is gone. */
  readonly value: Uint8Array | undefined;
}

/** What a delta does to `namespaceClaims`. Nothing is written before `write`, so that all reads see the old rows. */
export class ClaimChanges {
  readonly #table: TransactionBytes;
  readonly #changes = new Map<SummaryNode, Map<string, ClaimChange>>();

  constructor(table: TransactionBytes) {
    this.#table = table;
  }

  get nodes(): Iterable<SummaryNode> {
    return this.#changes.keys();
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  /** A source row's claim to an object id is gone, or has another value. */
  set(node: SummaryNode, rank: number, rowKey: Uint8Array, value: Uint8Array | undefined): void {
    let changes = this.#changes.get(node);
    if (changes === undefined) {
      changes = new Map();
      this.#changes.set(node, changes);
    }
    const key = claimKey(node.key, rank, rowKey);
    changes.set(keyName(key), { key, value });
  }

  /** Moves a source row's claim, if it is not the same before and after. */
  move(rank: number, rowKey: Uint8Array, before: Claimed | undefined, after: Claimed | undefined): void {
    if (before?.node === after?.node && isSameValue(before?.value, after?.value)) return;
    if (before !== undefined) this.set(before.node, rank, rowKey, undefined);
    if (after !== undefined) this.set(after.node, rank, rowKey, after.value);
  }

  async contests(nodes: Iterable<SummaryNode>): Promise<Map<SummaryNode, Contest>> {
    const contests = new Map<SummaryNode, Contest>();
    for (const node of nodes) contests.set(node, await this.#contest(node));
    return contests;
  }

  /** The claim that counted before the delta. */
  async stored(node: SummaryNode): Promise<Claim | undefined> {
    const [first] = await this.#rows(node, 1);
    return first;
  }

  write(): void {
    for (const changes of this.#changes.values()) {
      for (const { key, value } of changes.values()) {
        if (value === undefined) this.#table.del(key);
        else this.#table.put(key, value);
      }
    }
  }

  async #contest(node: SummaryNode): Promise<Contest> {
    const changes = this.#changes.get(node) ?? new Map<string, ClaimChange>();
    // However many of these rows go, one is left if there is any other.
    const stored = await this.#rows(node, 1 + changes.size);
    const [before] = stored;
    const kept = stored.filter(({ key }) => !changes.has(keyName(key)));
    const changed = [...changes.values()].flatMap(({ key, value }) =>
      value === undefined ? [] : [{ key, value }],
    );
    const [after] = [...kept, ...changed].sort((left, right) => Buffer.compare(left.key, right.key));
    const displaced = kept.filter((claim) => claim === before);
    return { before, after, losers: [...displaced, ...changed].filter((claim) => claim !== after) };
  }

  async #rows(node: SummaryNode, limit: number): Promise<Claim[]> {
    const rows: Claim[] = [];
    for await (const row of this.#table.range({ prefix: node.key, limit })) rows.push(row);
    return rows;
  }
}

/** The object id that a source row claims, and the value of its claim. */
export interface Claimed {
  readonly node: SummaryNode;
  readonly value: Uint8Array;
}
