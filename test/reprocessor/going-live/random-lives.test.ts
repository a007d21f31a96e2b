import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReprocessError, type SourceSnapshot } from '../../../src/index.ts';
import { adapterOf, openOrders, ordersIn, type Kind, type OrdersHost } from '../deltas/orders-host.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';

const STORES = ['one', 'two'] as const;

type Step =
  | { readonly kind: 'change'; readonly count: number }
  | { readonly kind: 'consume'; readonly size: number }
  | { readonly kind: 'rebuild'; readonly stores: readonly string[]; readonly age: number }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('change' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('consume' as const), size: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('rebuild' as const),
      stores: fc.subarray([...STORES], { minLength: 1 }),
      // How many snapshots back: an old one may lie below the live data.
      age: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rollback' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

/** What the derived data must be at each sequence, and the snapshots that were taken. */
class Model {
  readonly world = new OrdersWorld();
  readonly #rows = new Map<bigint, readonly string[]>();
  readonly #snapshots: SourceSnapshot[] = [];

  constructor() {
    this.keep();
  }

  change(count: number): void {
    for (let index = 0; index < count; index++) {
      this.world.churn(1);
      this.keep();
    }
  }

  keep(): void {
    this.#rows.set(this.world.sequence, this.world.rows());
  }

  at(sequence: bigint): readonly string[] | undefined {
    return this.#rows.get(sequence);
  }

  snapshot(age: number): SourceSnapshot {
    this.#snapshots.unshift(this.world.snapshot());
    // A closed snapshot is not opened twice: an old one is used up.
    const [taken] = this.#snapshots.splice(Math.min(age, this.#snapshots.length - 1), 1);
    return taken ?? this.world.snapshot();
  }
}

/** What a step may be refused for; anything else is a fault. */
const REFUSALS = ['REPROCESS_SEQUENCE_GAP', 'REPROCESS_LOG_TRUNCATED', 'REPROCESS_VERIFY_FAILED'];

class Life {
  readonly model = new Model();
  opened: OrdersHost;
  #sequences = new Map<string, bigint>();
  refused = 0;

  constructor(opened: OrdersHost) {
    this.opened = opened;
  }

  async take(one: Step): Promise<void> {
    const { model } = this;
    const { host } = this.opened;
    const refusable = async (work: Promise<unknown>): Promise<void> => {
      try {
        await work;
      } catch (error) {
        if (!isReprocessError(error) || !REFUSALS.includes(error.code)) throw error;
        this.refused += 1;
      }
    };
    switch (one.kind) {
      case 'change':
        model.change(one.count);
        return;
      case 'consume': {
        const { sequence = 0n } = host.position() ?? {};
        const end = sequence + BigInt(one.size);
        const through = end < model.world.sequence ? end : model.world.sequence;
        if (through > sequence) await host.consume(model.world.delta(sequence, through));
        return;
      }
      case 'rebuild': {
        const snapshot = model.snapshot(one.age);
        const tasks = one.stores.map((store) => `Orders-${store}`);
        await refusable(host.reprocess({ tasks, source: { openSnapshot: () => snapshot } }));
        return;
      }
      case 'rollback': {
        const [back] = host.status().retained;
        if (back !== undefined) await refusable(host.rollbackTo(back));
        return;
      }
      case 'reopen':
        this.opened = await this.opened.reopen();
    }
  }

  async check(kind: Kind): Promise<void> {
    const { host } = this.opened;
    // Nothing is being applied any more: a row is never ahead of the sequence that is told.
    await host.whenApplied(host.position()?.sequence ?? 0n);
    await host.read(
      async (lease) => {
        for (const store of STORES) {
          const sequence = lease.sequenceOf(store);
          const rows = this.model.at(sequence);
          expect([store, sequence, await ordersIn(lease, kind, store)]).toEqual([store, sequence, rows]);
          expect(sequence >= (this.#sequences.get(store) ?? 0n)).toBe(true);
          this.#sequences.set(store, sequence);
        }
      },
      { frozen: true },
    );
  }
}

describe.each(['memory', 'level', 'sqlite'] as const)(
  'whatever a %s host does, in whatever order',
  (kind) => {
    it('its data is the model’s at its sequence, which never goes down', async () => {
      let steps = 0;
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (taken) => {
          const stores = { one: adapterOf(kind), two: adapterOf(kind) };
          const life = new Life(
            await openOrders({
              kind,
              stores,
              source: undefined,
              retainGenerations: 2,
              maxShrink: 1,
              retry: { maxRetries: 0 },
            }),
          );
          life.model.change(8);
          await life.take({ kind: 'rebuild', stores: STORES, age: 0 });
          // A host that sends no deltas goes back to older data; this one does.
          life.model.change(1);
          await life.take({ kind: 'consume', size: 1 });
          for (const one of taken) {
            if (one.kind === 'reopen' && kind === 'memory') continue;
            await life.take(one);
            await life.check(kind);
            steps += 1;
          }
          // In the end everything arrives.
          const { host } = life.opened;
          await life.take({ kind: 'consume', size: 1_000_000 });
          await host.whenApplied(life.model.world.sequence);
          await life.check(kind);
          expect(host.status()).toMatchObject({
            waitingFor: [],
            lag: 0n,
            sequence: life.model.world.sequence,
          });
          refused += life.refused;
          await host.close();
        }),
        { numRuns: kind === 'memory' ? 60 : 12 },
      );
      expect(steps > refused).toBe(true);
    });
  },
);
