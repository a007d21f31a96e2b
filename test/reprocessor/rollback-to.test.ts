import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  copied,
  copyTask,
  failureOf,
  fill,
  gate,
  levelRows,
  memoryRows,
  openHost,
  ordersSource,
  rowsOf,
  temporaryFolder,
  type HostOptions,
  type RowsReprocessor,
} from './rows-host.ts';

/** A host after runs whose rows tell `v1`, `v2` … */
async function after(runs: number, options: HostOptions = {}): Promise<RowsReprocessor> {
  const source = ordersSource(5, 'v0');
  const host = await openHost({ source, ...options });
  for (let run = 1; run <= runs; run++) {
    fill(source, 5, `v${String(run)}`);
    await host.reprocess();
  }
  return host;
}

const level = (): HostOptions => ({ dataDir: temporaryFolder(), stores: { main: levelRows() } });

describe('rollbackTo', () => {
  it.each([
    ['memory', () => ({})],
    ['level', level],
  ] as const)('goes there and back again (%s)', async (_kind, options) => {
    const host = await after(2, options());
    for (const generation of [1, 2, 1]) {
      await host.rollbackTo(generation);
      expect(host.status()).toMatchObject({ state: 'NONE', generation, retained: [3 - generation] });
      expect(await rowsOf(host)).toEqual(copied(5, `v${String(generation)}`));
    }
  });

  it('keeps readers of the generation that it leaves', async () => {
    const host = await after(2, level());
    const lease = await host.acquire();
    await host.rollbackTo(1);
    expect(await lease.store('main').table('rows').get('o000000')).toBe('v2');
    lease.release();
  });

  it('knows only what is retained', async () => {
    const host = await after(3, { retainGenerations: 1 });
    for (const [generation, sentence] of [
      [1, 'Generation 1 is not retained; retained are: 2'],
      [3, 'Generation 3 is live already'],
      [9, 'Generation 9 is not retained; retained are: 2'],
    ] as const) {
      const error = await failureOf(host.rollbackTo(generation));
      expect([error.code, error.message]).toEqual(['REPROCESS_GENERATION_UNKNOWN', sentence]);
    }
    expect(host.status().state).toBe('NONE');
  });

  it.each([
    [0, []],
    [1, [4]],
    [3, [4, 3, 2]],
  ])(
    'with retainGenerations %i the sets %j are kept, and their data only',
    async (retainGenerations, retained) => {
      const options = level();
      const host = await after(5, { ...options, retainGenerations });
      expect(host.status().retained).toEqual(retained);
      await host.close();
      const kept = [5, ...retained].map((generation) => `gen-00000${String(generation)}`);
      expect(readdirSync(`${options.dataDir ?? ''}/stores/main`).sort()).toEqual(kept.sort());
    },
  );

  it('goes back over sets that share generations after partial runs', async () => {
    const source = ordersSource(3, 'v1');
    const stores = { main: levelRows(), side: levelRows() };
    const host = await openHost({ dataDir: temporaryFolder(), stores, source, retainGenerations: 3 });
    await host.reprocess();
    const parts = ['Copy-side', 'Copy-main', 'Copy-side'];
    for (const [index, task] of parts.entries()) {
      fill(source, 3, `v${String(index + 2)}`);
      await host.reprocess({ tasks: [task] });
    }
    const expected: Readonly<Record<number, readonly [string, string]>> = {
      1: ['v1', 'v1'],
      2: ['v1', 'v2'],
      3: ['v3', 'v2'],
      4: ['v3', 'v4'],
    };
    for (const generation of [2, 4, 1, 3]) {
      await host.rollbackTo(generation);
      const [main = '', side = ''] = expected[generation] ?? [];
      expect([await rowsOf(host), await rowsOf(host, 'side')]).toEqual([copied(3, main), copied(3, side)]);
    }
    expect(host.status().stores.map(({ discarding }) => discarding)).toEqual([[], []]);
  });

  it('refuses a damaged target, which stays retained', async () => {
    const options = level();
    const host = await after(2, options);
    const target = `${options.dataDir ?? ''}/stores/main/gen-000001`;
    for (const name of readdirSync(target)) {
      if (name.startsWith('MANIFEST') || name === 'CURRENT') writeFileSync(`${target}/${name}`, 'damaged');
    }
    const error = await failureOf(host.rollbackTo(1));
    expect(error).toMatchObject({ code: 'REPROCESS_STORE_CORRUPT', details: { store: 'main' } });
    expect(host.status()).toMatchObject({ state: 'FAILED', generation: 2, retained: [1] });
    expect(await rowsOf(host)).toEqual(copied(5, 'v2'));
    expect(readdirSync(target).length).toBeGreaterThan(0);
    expect((await host.reprocess()).outcome).toBe('switched');
  });

  it('refuses a target that has lost rows', async () => {
    const options = level();
    const host = await after(2, options);
    const target = `${options.dataDir ?? ''}/stores/main/gen-000001`;
    const before = await host.read((lease) => lease.generation);
    for (const name of readdirSync(target))
      if (name.endsWith('.ldb') || name.endsWith('.log')) rmSync(`${target}/${name}`);
    const error = await failureOf(host.rollbackTo(1));
    expect(['REPROCESS_VERIFY_FAILED', 'REPROCESS_STORE_CORRUPT']).toContain(error.code);
    expect(host.status()).toMatchObject({ generation: before, retained: [1] });
  });

  it('after a restart goes back without the volatile stores, which are rebuilt then', async () => {
    const dataDir = temporaryFolder();
    const stores = { main: levelRows(), side: memoryRows() };
    const first = await after(2, { dataDir, stores });
    await first.close();
    const source = ordersSource(5, 'fresh', 100n);
    const host = await openHost({ dataDir, stores, source, retainGenerations: 5 });
    await host.reprocess({ whenRunning: 'join' });
    await host.rollbackTo(1);
    expect(await rowsOf(host)).toEqual(copied(5, 'v1'));
    await host.reprocess({ whenRunning: 'join' });
    expect(await rowsOf(host, 'side')).toEqual(copied(5, 'fresh'));
  });

  it('excludes runs, and is excluded by them', async () => {
    const held = gate();
    let holds = false;
    const slow = copyTask('Copy', 'main', {
      async verify() {
        if (holds) await held.opened;
      },
    });
    const host = await after(2, { tasks: [slow] });
    holds = true;
    const running = host.reprocess();
    expect((await failureOf(host.rollbackTo(1))).code).toBe('REPROCESS_ALREADY_RUNNING');
    held.open();
    await running;
    const back = host.rollbackTo(2);
    expect((await failureOf(host.reprocess())).code).toBe('REPROCESS_ALREADY_RUNNING');
    await back;
    expect(await rowsOf(host)).toEqual(copied(5, 'v2'));
  });
});
