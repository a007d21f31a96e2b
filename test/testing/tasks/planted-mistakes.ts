import type { SourceEvent, TaskDelta } from '../../../src/index.ts';
import { decode, LedgerTask, posted, type Balance, type LedgerContext, type Posting } from './ledger-task.ts';

/** The value that was there is not taken out again. */
export class LosesOldValue extends LedgerTask {
  override take(event: SourceEvent, context: LedgerContext): Promise<void> {
    return super.take({ ...event, before: undefined }, context);
  }
}

class AppliesTwice extends LedgerTask {
  override async post(posting: Posting, context: LedgerContext): Promise<void> {
    await super.post(posting, context);
    if (posting.entry.cents % 7 === 0) await super.postBalance(posting, context);
  }
}

class AppliesBackwards extends LedgerTask {
  override process(delta: TaskDelta, context: LedgerContext): Promise<void> {
    return super.process({ ...delta, events: [...delta.events].reverse() }, context);
  }
}

/** A deleted entry is counted again, with its old value. */
class ResurrectsDeleted extends LedgerTask {
  override take(event: SourceEvent, context: LedgerContext): Promise<void> {
    return super.take({ ...event, after: event.after ?? event.before }, context);
  }
}

class DeclaresTooFewTables extends LedgerTask {
  override readonly sourceTables = ['sales'];
}

export class SkipsTable extends LedgerTask {
  override async take(event: SourceEvent, context: LedgerContext): Promise<void> {
    if (event.table === 'sales') await super.take(event, context);
  }
}

export class LeavesZeros extends LedgerTask {
  override async postBalance(posting: Posting, context: LedgerContext): Promise<void> {
    const table = context.table('balance');
    const { account } = posting.entry;
    table.put(account, posted(await table.get(account), posting));
  }
}

class LeavesSetsUnsorted extends LedgerTask {
  override tagIds(ids: readonly string[], id: string, way: 1 | -1): string[] {
    return way === 1 ? [...ids, id] : ids.filter((other) => other !== id);
  }
}

/** All rows are read before the first is written. */
class ReadsBeforeItWrites extends LedgerTask {
  override async process(delta: TaskDelta, context: LedgerContext): Promise<void> {
    const table = context.table('balance');
    const postings = delta.events.flatMap((event) => this.#postings(event));
    const before = await table.getMany(postings.map(({ entry }) => entry.account));
    for (const [index, posting] of postings.entries()) {
      const sum = posted(before[index], posting);
      if (sum.entries === 0) table.del(posting.entry.account);
      else table.put(posting.entry.account, sum);
      await this.postTags(posting, context);
    }
  }

  #postings({ table, key, before, after }: SourceEvent): readonly Posting[] {
    const id = `${table}/${Buffer.from(key).toString()}`;
    return ([-1, 1] as const).flatMap((way) => {
      const entry = decode(way === 1 ? after : before);
      return entry === undefined ? [] : [{ id, entry, way }];
    });
  }
}

/** Cents are kept rounded to tens: the error adds up. */
export class Rounds extends LedgerTask {
  override async postBalance(posting: Posting, context: LedgerContext): Promise<void> {
    await super.postBalance(posting, context);
    const table = context.table('balance');
    const sum = await table.get(posting.entry.account);
    if (sum === undefined || Math.abs(sum.cents) < 100) return;
    table.put(posting.entry.account, { ...sum, cents: Math.round(sum.cents / 10) * 10 });
  }
}

/** Balances are kept in memory as long as the task lives, and are never dropped. */
export class TrustsItsMemory extends LedgerTask {
  readonly kept = new Map<string, Balance>();

  override async postBalance(posting: Posting, context: LedgerContext): Promise<void> {
    const { account } = posting.entry;
    const table = context.table('balance');
    const sum = posted(this.kept.get(account) ?? (await table.get(account)), posting);
    this.kept.set(account, sum);
    if (sum.entries === 0) table.del(account);
    else table.put(account, sum);
  }
}

/** Drops its memory when it should, but what a failed attempt has put there stays, and two generations share it. */
class DropsItsMemoryAtInit extends TrustsItsMemory {
  init(): void {
    this.kept.clear();
  }
}

/** Tells how far it has got, and begins again from the front all the same. */
class IgnoresSeekPositions extends LedgerTask {
  override process(delta: TaskDelta, context: LedgerContext): Promise<void> {
    return super.process(delta, { ...context, seekPositions: new Map() });
  }
}

class SeeksTooEarly extends LedgerTask {
  override async process(delta: TaskDelta, context: LedgerContext): Promise<void> {
    const done = context.seekPositions.get('entries') ?? 0;
    for (const [index, event] of delta.events.entries()) {
      if (index < done) continue;
      context.seek('entries', index + 1);
      await this.take(event, context);
    }
  }
}

/** A balance that cannot be read is taken for none. */
class SwallowsErrors extends LedgerTask {
  override async postBalance(posting: Posting, context: LedgerContext): Promise<void> {
    await super.postBalance(posting, context).catch(() => undefined);
  }
}

/** The tags are written when `process` has long ended. */
class ForgetsToWait extends LedgerTask {
  override async postTags(posting: Posting, context: LedgerContext): Promise<void> {
    void super.postTags(posting, context).catch(() => undefined);
  }
}

/** The first context serves for ever. */
class KeepsItsContext extends LedgerTask {
  #context: LedgerContext | undefined;

  override process(delta: TaskDelta, context: LedgerContext): Promise<void> {
    this.#context ??= context;
    return super.process(delta, this.#context);
  }
}

/** What cannot be decoded as the old value makes it forget the new one. */
class StumblesOverBadBytes extends LedgerTask {
  override async take(event: SourceEvent, context: LedgerContext): Promise<void> {
    if (event.before !== undefined && decode(event.before) === undefined) return;
    await super.take(event, context);
  }
}

export class ThrowsNowAndThen extends LedgerTask {
  override async post(posting: Posting, context: LedgerContext): Promise<void> {
    if (posting.entry.cents > 45) throw new Error('Too many cents');
    await super.post(posting, context);
  }
}

/** Every mistake, and a part of the name of the test that must find it. */
export const plantedMistakes: readonly (readonly [task: new () => LedgerTask, foundBy: string])[] = [
  [LosesOldValue, 'any size'],
  [AppliesTwice, 'any size'],
  [AppliesBackwards, 'in one delta'],
  [ResurrectsDeleted, 'one by one'],
  [DeclaresTooFewTables, 'one by one'],
  [SkipsTable, 'any size'],
  [LeavesZeros, 'any size'],
  [LeavesSetsUnsorted, 'any size'],
  [ReadsBeforeItWrites, 'in one delta'],
  [Rounds, 'any size'],
  [TrustsItsMemory, 'no trace'],
  [DropsItsMemoryAtInit, 'applied and then lost'],
  [IgnoresSeekPositions, 'seek positions'],
  [SeeksTooEarly, 'seek positions'],
  [SwallowsErrors, 'first attempt fails'],
  [ForgetsToWait, 'any size'],
  [KeepsItsContext, 'any size'],
  [StumblesOverBadBytes, 'cannot be decoded'],
  [ThrowsNowAndThen, 'any size'],
];
