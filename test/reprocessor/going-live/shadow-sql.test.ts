import { expect, it } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import { defineTask, formatDifferences, StagedReprocessor } from '../../../src/index.ts';
import { afterTest, temporaryFolder } from '../rows-host.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';

interface Tables {
  odd: { number: bigint; name: string; part: number; value: string; builtAt: number };
}

const adapter = sqliteStore<Tables>({
  tables: {
    odd: {
      columns: {
        number: 'bigint',
        name: 'text',
        part: 'real',
        value: 'text',
        builtAt: { type: 'integer', volatile: true },
      },
      primaryKey: ['number', 'name', 'part'],
    },
  },
});

const NUMBERS = [-(2n ** 63n), -300n, -1n, 0n, 1n, 255n, 256n, 2n ** 63n - 1n];
const NAMES = ['', 'Z', 'a', 'a b', 'é', '�', '😀'];
const PARTS = [-1e300, -0.5, 0, 1e-300, 2, 10];

it('SQL keys of every kind are matched in order, and volatile columns are not compared', async () => {
  const world = new OrdersWorld().set('a', 'red');
  const changes = { value: 'same', without: 0n, builtAt: 0 };
  const task = defineTask<typeof adapter, 'main'>({
    taskName: 'Odd',
    version: 1,
    store: 'main',
    sourceTables: ['orders'],
    async reprocess(_snapshot, context) {
      const sink = context.sink('odd');
      changes.builtAt += 1;
      for (const number of NUMBERS) {
        for (const name of NAMES) {
          for (const part of PARTS) {
            if (number === changes.without && name === 'é') continue;
            const value = number === -1n && part === 0 ? changes.value : 'same';
            await sink.put({ number, name, part, value, builtAt: changes.builtAt });
          }
        }
      }
      return undefined;
    },
  });
  const host = await StagedReprocessor.open({
    dataDir: temporaryFolder(),
    stores: { main: adapter },
    tasks: [task],
    source: world.source,
  });
  afterTest(() => host.close());
  await host.reprocess();
  const rows = NUMBERS.length * NAMES.length * PARTS.length - PARTS.length;
  const same = await host.reprocess({ shadow: true });
  expect(same.differences).toMatchObject([
    { rowsLive: rows, rowsStaged: rows, added: 0, removed: 0, changed: 0, first: [] },
  ]);
  changes.value = 'other';
  changes.without = 256n;
  const { differences = [] } = await host.reprocess({ shadow: true });
  expect(differences).toMatchObject([
    { rowsLive: rows, rowsStaged: rows, added: PARTS.length, removed: PARTS.length, changed: NAMES.length },
  ]);
  expect(formatDifferences(differences).split('\n').slice(1, 3)).toMatchInlineSnapshot(`
    [
      "  ~ { number: -1n, name: '', part: 0, value: 'same', builtAt: 1 }",
      "      is now { number: -1n, name: '', part: 0, value: 'other', builtAt: 3 }",
    ]
  `);
});
