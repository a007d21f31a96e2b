import { expect, it } from 'vitest';
import { until } from './fault-subject.ts';
import { codesOf, KINDS, openLive, ordersIn } from './deltas/orders-host.ts';
import { OrdersWorld } from './deltas/orders-world.ts';
import { copied, copyTask, failureOf, openHost, ordersSource, reportOf, rowsOf } from './rows-host.ts';

const MAX = 5;

/** As a task does that takes every record by itself: what one of them throws must not end the others. */
function quarantineAll(count: number, quarantine: (key: Uint8Array) => void): void {
  for (let index = 0; index < count; index++) {
    try {
      quarantine(Buffer.from(`k${String(index)}`));
    } catch {
      // The next record.
    }
  }
}

it.each([
  [MAX, 'switched'],
  [MAX + 1, 'failed'],
  [500, 'failed'],
])('%i bad records in a run whose task catches the error: %s', async (count, outcome) => {
  let bad = 0;
  const copy = copyTask();
  const task = copyTask('Copy', 'main', {
    async reprocess(snapshot, context) {
      quarantineAll(bad, (key) => {
        context.quarantine({ table: 'orders', key, reason: 'cannot be decoded' });
      });
      await copy.reprocess(snapshot, context);
    },
  });
  const source = ordersSource(3);
  const host = await openHost({ tasks: [task], source, maxQuarantined: MAX, retry: { maxRetries: 0 } });
  await host.reprocess();
  bad = count;
  const run = host.reprocess();
  if (outcome === 'switched') {
    expect((await run).tasks[0]?.quarantined.count).toBe(count);
    return;
  }
  const error = await failureOf(run);
  expect(error).toMatchObject({ code: 'REPROCESS_QUARANTINED', details: { maxQuarantined: MAX } });
  expect(reportOf(error)).toMatchObject({ outcome, tasks: [{ quarantined: { count } }] });
  expect(host.status().generation).toBe(1);
  expect(await rowsOf(host)).toEqual(copied(3));
});

it.each(KINDS.flatMap((kind) => [false, true].map((seeks) => [kind, seeks] as const)))(
  'past the limit a delta of a %s store is not applied when the task catches the error (seeks: %s)',
  async (kind, seeks) => {
    const world = new OrdersWorld().set('z', 'red');
    const before = world.rows();
    let attempts = 0;
    const opened = await openLive(world, {
      kind,
      maxQuarantined: MAX,
      source: undefined,
      hooks: {
        process: (_delta, context) => {
          attempts += 1;
          quarantineAll(MAX + 1, (key) => {
            context.quarantine({ table: 'orders', key, reason: 'cannot be decoded' });
          });
          if (seeks) context.seek('orders', 0);
        },
      },
    });
    const { host, alerts } = opened;
    world.set('y', 'blue');
    await host.consume(world.delta(1n));
    await until(() => alerts.length === 2);
    expect(codesOf(alerts)).toEqual(['TASK_FAILURE', 'REPROCESS_NO_SOURCE']);
    expect(host.status().stores[0]?.blocked).toMatchObject({
      reason: 'TASK_FAILURE',
      error: { code: 'REPROCESS_QUARANTINED' },
    });
    expect(attempts).toBe(2);
    expect(await host.read((lease) => ordersIn(lease, kind))).toEqual(before);
  },
);
