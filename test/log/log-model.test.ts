import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DeltaLog } from '../../src/log/delta-log.ts';
import { structuredCloneCodec as codec } from '../../src/log/structured-clone-codec.ts';
import { delta, eventsBetween, eventsOf } from './sample-deltas.ts';

type Step =
  | { readonly kind: 'append'; readonly after: number | 'tail'; readonly length: number }
  | { readonly kind: 'read'; readonly from: number; readonly maxEvents: number; readonly through: number }
  | { readonly kind: 'trim'; readonly below: number }
  | { readonly kind: 'reopen' | 'drop' };

const sequence = fc.nat({ max: 60 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      after: fc.oneof(fc.constant('tail' as const), sequence),
      length: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      from: sequence,
      maxEvents: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Infinity)),
      through: fc.integer({ min: 0, max: 100 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('trim' as const), below: sequence }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'reopen' as const, 'reopen' as const) }),
  },
);

/** A plain list of deltas, and the sequences that the log should cover. */
class Model {
  deltas: { readonly after: bigint; readonly through: bigint; readonly cursor: string }[] = [];
  covered = new Set<bigint>();
  tail: { readonly sequence: bigint; readonly cursor: string } | undefined;

  append(after: bigint, through: bigint, cursor: string): void {
    this.deltas = this.deltas.filter((known) => known.after !== after || known.through !== through);
    this.deltas.push({ after, through, cursor });
    this.#cover(after, through);
    if (this.tail === undefined || through >= this.tail.sequence) this.tail = { sequence: through, cursor };
  }

  trim(below: bigint): void {
    this.deltas = this.deltas.filter(({ through }) => through > below);
    for (const covered of this.covered) if (covered <= below) this.covered.delete(covered);
  }

  reopen(): void {
    this.covered.clear();
    for (const { after, through } of this.deltas) this.#cover(after, through);
  }

  reach(from: bigint): bigint {
    let reach = from;
    while (this.covered.has(reach + 1n)) reach += 1n;
    return reach;
  }

  get stretches(): readonly { readonly from: bigint; readonly through: bigint }[] {
    const starts = [...this.covered].filter((at) => !this.covered.has(at - 1n)).sort((a, b) => Number(a - b));
    return starts.map((start) => ({ from: start - 1n, through: this.reach(start) }));
  }

  #cover(after: bigint, through: bigint): void {
    for (let at = after + 1n; at <= through; at++) this.covered.add(at);
  }
}

async function checkRead(log: DeltaLog, model: Model, given: Extract<Step, { kind: 'read' }>): Promise<void> {
  const from = BigInt(given.from);
  const through = BigInt(given.through);
  const { maxEvents } = given;
  const reach = model.reach(from);
  const end = reach < through ? reach : through;
  const run = await log.read(from, { maxEvents, maxBytes: Infinity, through });
  if (end <= from) {
    expect(run).toBeUndefined();
    return;
  }
  if (run === undefined) throw new Error(`nothing read after ${from}, though ${reach} can be reached`);
  expect(run.after).toBe(from);
  expect(run.through).toBeGreaterThan(from);
  expect(run.through).toBeLessThanOrEqual(end);
  expect(run.events).toEqual(eventsBetween(from, run.through));
  expect(run.more).toBe(run.through < end);
  const sequences = new Set(run.events.map((event) => event.sequence));
  if (sequences.size > 1) expect(run.events.length).toBeLessThanOrEqual(maxEvents);
  if (run.through < end) {
    // It was cut as late as possible.
    let next = run.through + 1n;
    while (eventsOf(next).length === 0 && next < end) next += 1n;
    expect(run.events.length + Math.max(1, eventsOf(next).length)).toBeGreaterThan(maxEvents);
  }
  const cursors = model.deltas.filter((known) => known.through === run.through).map(({ cursor }) => cursor);
  expect([undefined, ...cursors]).toContain(run.cursor);
}

async function checkSteps(path: string | undefined, steps: readonly Step[]): Promise<void> {
  const model = new Model();
  let log = await DeltaLog.open({ path, codec });
  const appended: Promise<void>[] = [];
  try {
    for (const [index, taken] of steps.entries()) {
      if (taken.kind === 'append') {
        const after = taken.after === 'tail' ? (log.acceptedThrough ?? 0n) : BigInt(taken.after);
        const through = after + BigInt(taken.length);
        // Of one length, so that a delta which is sent again takes the place of the first.
        const cursor = `cursor-${String(index).padStart(4, '0')}`;
        appended.push(log.append(delta(after, through, cursor)).durable);
        model.append(after, through, cursor);
        expect(log.acceptedThrough).toBe(model.tail?.sequence);
        for (let at = 0n; at < 70n; at += 7n) expect(log.acceptedReach(at)).toBe(model.reach(at));
        continue;
      }
      await Promise.all(appended.splice(0));
      if (taken.kind === 'read') await checkRead(log, model, taken);
      else if (taken.kind === 'trim') {
        await log.trim(BigInt(taken.below));
        model.trim(BigInt(taken.below));
      } else if (taken.kind === 'drop') {
        await log.dropAll();
        model.deltas = [];
        model.covered.clear();
        model.tail = undefined;
      } else if (path !== undefined) {
        const { sizeBytes } = log;
        await log.close();
        log = await DeltaLog.open({ path, codec });
        expect(log.sizeBytes).toBe(sizeBytes);
        model.reopen();
      }
      expect(log.stretches).toEqual(model.stretches);
      expect(log.records).toBe(model.deltas.length);
      expect(log.tail).toEqual(model.tail && { ...model.tail, history: undefined });
      expect(log.pendingBytes).toBe(0);
      expect(log.sizeBytes > 0).toBe(log.records > 0);
    }
    await Promise.all(appended);
  } finally {
    await log.close();
  }
}

describe('a delta log', () => {
  it('holds what a plain list of the deltas holds, on disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sr-'));
    let run = 0;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
          run += 1;
          await checkSteps(join(folder, String(run)), steps);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('holds what a plain list of the deltas holds, in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100, size: 'max' }), async (steps) => {
        await checkSteps(undefined, steps);
      }),
      { numRuns: 300 },
    );
  });
});
