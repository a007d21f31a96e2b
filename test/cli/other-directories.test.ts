import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqliteStore } from '../../src/adapters/kysely/index.ts';
import { levelStore } from '../../src/adapters/level/index.ts';
import { StagedReprocessor, defineTask, memorySource } from '../../src/index.ts';
import { Folder, run, treeHash } from './command-line.ts';

const words = levelStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: 'json' } } });
const totals = sqliteStore<{ total: { name: string; value: bigint } }>({
  tables: { total: { columns: { name: 'text', value: 'bigint' }, primaryKey: ['name'] } },
});
const source = memorySource({ sequence: 7n, tables: { lines: [] } });
const fillWords = defineTask<typeof words, 'search'>({
  taskName: 'words',
  version: 1,
  store: 'search',
  sourceTables: ['lines'],
  async reprocess(_snapshot, context) {
    const sink = context.sink('words');
    await sink.put('blue', [1, 2]);
    await sink.put('red', [3]);
    return undefined;
  },
});

describe('a data directory that is not of Recon', () => {
  let folder: Folder;
  beforeAll(() => {
    folder = new Folder();
  });
  afterAll(() => folder[Symbol.dispose]());

  it('is dumped and diagnosed when its stores are LevelDBs', async () => {
    const dataDir = folder.file('level');
    const reprocessor = await StagedReprocessor.open({
      dataDir,
      stores: { search: words },
      tasks: [fillWords],
    });
    await reprocessor.reprocess({ source });
    await reprocessor.close();
    const before = treeHash(dataDir);
    expect(await run(['diagnose', dataDir])).toMatchObject({ code: 0 });
    expect(treeHash(dataDir)).toBe(before);
    const hex = (text: string): string => Buffer.from(text).toString('hex');
    const dump = await run(['dump', dataDir, '--decode']);
    expect(
      dump.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { store: 'search', table: 'words', key: hex('blue'), value: hex('[1,2]') },
      { store: 'search', table: 'words', key: hex('red'), value: hex('[3]') },
    ]);
    const refused = await run(['recon', 'summary', '/', '--data-dir', dataDir]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('search');
  });

  it('tells which SQL stores it cannot read', async () => {
    const dataDir = folder.file('sql');
    const stores = { search: words, totals };
    const fillTotals = defineTask<typeof totals, 'totals'>({
      taskName: 'totals',
      version: 1,
      store: 'totals',
      sourceTables: ['lines'],
      async reprocess(_snapshot, context) {
        await context.sink('total').put({ name: 'a', value: 1n });
        return undefined;
      },
    });
    const reprocessor = await StagedReprocessor.open({ dataDir, stores, tasks: [fillWords, fillTotals] });
    await reprocessor.reprocess({ source });
    await reprocessor.close();
    const dump = await run(['dump', dataDir]);
    expect(dump).toMatchObject({ code: 1, stdout: '' });
    expect(dump.stderr).toContain("REPROCESS_SOURCE_UNSUPPORTED: Store 'totals' holds SQL tables");
    const diagnosis = await run(['diagnose', dataDir]);
    expect(diagnosis).toMatchObject({ code: 0 });
    expect(diagnosis.stdout).toContain("Store 'totals' was not checked");
  });
});
