import { json, memoryStore } from '../../../src/adapters/memory/index.ts';
import type {
  DeltaContext,
  ReconOmTask,
  SourceEvent,
  TaskContext,
  TaskDelta,
  TaskSnapshot,
} from '../../../src/index.ts';

/** What one account comes to. */
export interface Balance {
  readonly entries: number;
  readonly cents: number;
}

/** One row of the source tables `sales` and `refunds`. */
export interface Entry {
  readonly account: string;
  readonly cents: number;
  readonly tags: readonly string[];
}

export const ledgerTables = {
  balance: { keyEncoding: 'utf8', valueEncoding: json<Balance>() },
  tagged: { keyEncoding: 'utf8', valueEncoding: json<string[]>() },
} as const;
export const memoryLedger = memoryStore({ tables: ledgerTables });
export type LedgerAdapter = typeof memoryLedger;
export type LedgerContext = DeltaContext<LedgerAdapter>;

/** What an entry adds to, and which way: 1 when it comes, -1 when it goes. */
export interface Posting {
  readonly id: string;
  readonly entry: Entry;
  readonly way: 1 | -1;
}

/** Balances of accounts and entries by tag, from two source tables. Each step can be done wrong by a subclass. */
export class LedgerTask implements ReconOmTask<LedgerAdapter> {
  readonly taskName = 'Ledger';
  readonly version = 1;
  readonly store = 'ledger';
  readonly sourceTables: readonly string[] = ['sales', 'refunds'];

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<LedgerAdapter>): Promise<void> {
    const balances = new Map<string, Balance>();
    const tagged = new Map<string, string[]>();
    for (const table of ['sales', 'refunds']) {
      await snapshot.scan(table, {
        rows: (batch) => {
          for (let index = 0; index < batch.length; index++) {
            const entry = decode(batch.value(index));
            const id = idOf(table, batch.key(index));
            if (entry === undefined) {
              context.quarantine({ table, key: batch.key(index), reason: 'No entry' });
              continue;
            }
            const { account, tags } = entry;
            balances.set(account, posted(balances.get(account), { id, entry, way: 1 }));
            for (const tag of new Set(tags)) tagged.set(tag, [...(tagged.get(tag) ?? []), id].sort());
          }
        },
      });
    }
    const balance = context.sink('balance');
    for (const [account, sum] of balances) await balance.put(account, sum);
    const byTag = context.sink('tagged');
    for (const [tag, ids] of tagged) await byTag.put(tag, ids);
  }

  async process(delta: TaskDelta, context: LedgerContext): Promise<void> {
    const done = context.seekPositions.get('entries') ?? 0;
    for (const [index, event] of delta.events.entries()) {
      if (index < done) continue;
      await this.take(event, context);
      context.seek('entries', index + 1);
    }
  }

  async take(event: SourceEvent, context: LedgerContext): Promise<void> {
    const id = idOf(event.table, event.key);
    const before = decode(event.before);
    const after = decode(event.after);
    if (event.after !== undefined && after === undefined) {
      context.quarantine({ table: event.table, key: event.key, reason: 'No entry' });
    }
    if (before !== undefined) await this.post({ id, entry: before, way: -1 }, context);
    if (after !== undefined) await this.post({ id, entry: after, way: 1 }, context);
  }

  async post(posting: Posting, context: LedgerContext): Promise<void> {
    await this.postBalance(posting, context);
    await this.postTags(posting, context);
  }

  async postBalance(posting: Posting, context: LedgerContext): Promise<void> {
    const table = context.table('balance');
    const { account } = posting.entry;
    const sum = posted(await table.get(account), posting);
    if (sum.entries === 0) table.del(account);
    else table.put(account, sum);
  }

  async postTags({ id, entry, way }: Posting, context: LedgerContext): Promise<void> {
    const table = context.table('tagged');
    for (const tag of new Set(entry.tags)) {
      const ids = this.tagIds((await table.get(tag)) ?? [], id, way);
      if (ids.length === 0) table.del(tag);
      else table.put(tag, ids);
    }
  }

  tagIds(ids: readonly string[], id: string, way: 1 | -1): string[] {
    return way === 1 ? [...ids, id].sort() : ids.filter((other) => other !== id);
  }
}

/** A balance after a posting; refunds take away. */
export function posted(balance: Balance = { entries: 0, cents: 0 }, { id, entry, way }: Posting): Balance {
  const sign = id.startsWith('refunds') ? -way : way;
  return { entries: balance.entries + way, cents: balance.cents + sign * entry.cents };
}

export function decode(bytes: Uint8Array | undefined): Entry | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes ?? []).toString());
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  if (!('account' in value) || typeof value.account !== 'string') return false;
  if (!('cents' in value) || !Number.isSafeInteger(value.cents)) return false;
  return 'tags' in value && Array.isArray(value.tags) && value.tags.every((tag) => typeof tag === 'string');
}

function idOf(table: string, key: Uint8Array): string {
  return `${table}/${Buffer.from(key).toString()}`;
}
