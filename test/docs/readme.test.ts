import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { ordersModel } from '../../examples/orders/model.ts';
import type { dailyTotals, stores } from '../../examples/orders/tasks.ts';
import { memorySource, type SourceEvent } from '../../src/index.ts';
import { taskSuite } from '../../src/testing/index.ts';
import { runSuite } from '../testing/run-suite.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'readme-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The program of "Ten minutes". */
const [, program = ''] = /```ts\n(.*?)```/su.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
const OPENING = 'const reprocessor = await StagedReprocessor.open({';

const urlOf = (name: string): string => pathToFileURL(join(root, name)).href;

/** What the README imports, as the source has it. */
const ENTRIES = {
  "'staged-reprocessor'": urlOf('src/index.ts'),
  "'staged-reprocessor/level'": urlOf('src/adapters/level/index.ts'),
  "'staged-reprocessor/kysely'": urlOf('src/adapters/kysely/index.ts'),
};

/** Writes a module that holds code of the README, and imports it. */
async function module(name: string, code: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(folder, name);
  const entries = Object.entries(ENTRIES);
  writeFileSync(
    path,
    entries.reduce((text, [entry, url]) => text.replace(entry, JSON.stringify(url)), code),
  );
  return import(pathToFileURL(path).href) as Promise<Readonly<Record<string, unknown>>>;
}

test('the task of the README keeps the delta law', async () => {
  const [declared = '', ...rest] = program.split(OPENING);
  expect(rest).toHaveLength(1);
  const loaded = await module('task.ts', `${declared}\nexport { totals, dailyTotals };\n`);
  // As the example has them, from which nothing but the type is taken.
  const totals = loaded['totals'] as typeof stores.totals;
  const task = loaded['dailyTotals'] as typeof dailyTotals;
  const { failed, passed } = await runSuite((runner) => {
    taskSuite(runner, {
      name: 'README',
      stores: { totals },
      tasks: () => [task],
      model: ordersModel,
      histories: 30,
      hostedHistories: 2,
      seed: 5,
    });
  });
  expect([...failed]).toEqual([]);
  expect(passed.length).toBeGreaterThan(7);
});

const order = (day: string, cents: number, text: string): Buffer =>
  Buffer.from(JSON.stringify({ day, cents, text }));

/** What the README leaves to its reader. */
const OLD = order('2026-11-20', 1250, 'blue kettle');
const SUPPLIED = {
  orders: memorySource({
    sequence: 41n,
    tables: {
      orders: [
        ['o-1', OLD],
        ['o-2', order('2026-11-20', 990, 'blue cup')],
      ],
    },
  }),
  signal: new AbortController().signal,
  events: [
    {
      sequence: 50n,
      table: 'orders',
      key: Buffer.from('o-1'),
      before: OLD,
      after: order('2026-11-21', 1300, 'red kettle'),
    },
    { sequence: 57n, table: 'orders', key: Buffer.from('o-3'), after: order('2026-11-21', 7, 'blue lid') },
  ] satisfies SourceEvent[],
};

test('the program of the README runs, and its sums are right', async () => {
  const tasks = JSON.stringify(urlOf('examples/orders/tasks.ts'));
  const supplied = [
    `import { searchIndex } from ${tasks};`,
    'const { orders, signal, events } = globalThis.suppliedToReadme;',
    'const openOrders = () => orders.openSnapshot();',
  ];
  const printed = vi.spyOn(console, 'log').mockReturnValue();
  vi.stubGlobal('suppliedToReadme', SUPPLIED);
  try {
    await module(
      'program.ts',
      [...supplied, program.replace("'./derived'", JSON.stringify(join(folder, 'derived')))].join('\n'),
    );
    expect(printed.mock.calls).toEqual([
      [
        [
          { day: '2026-11-20', orders: 1, cents: 990n },
          { day: '2026-11-21', orders: 2, cents: 1307n },
        ],
        ['o-2', 'o-3'],
      ],
    ]);
  } finally {
    printed.mockRestore();
    vi.unstubAllGlobals();
  }
});
