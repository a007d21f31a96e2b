import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StagedReprocessor, type OpenOptions, type Stores } from '../../src/index.ts';
import { encodeControlRecord, newControlRecord } from '../../src/control/control-record.ts';
import { treeDigest } from '../conformance/tree-digest.ts';
import { makeHome, openOptions, storesOf, tasksOf } from '../process/world.ts';
import { expectKept, makeControlHome, optionsOf, tryOpen } from './control-home.ts';

const WORLD = 'level+sqlite';
let root = '';
let home = '';
/** The same home after its second run: what an operator would restore by mistake. */
let early = '';
let other = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
  [home, early, other] = [join(root, 'home'), join(root, 'early'), join(root, 'other')];
  await makeControlHome(home, WORLD, [1, 2]);
  replace(home, early);
  await makeControlHome(home, WORLD, [3]);
  await makeHome(other, WORLD);
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Damage {
  readonly what: string;
  readonly code: string;
  /** What the sentence must name. */
  readonly says: RegExp;
  readonly damage: (dataDir: string) => Promise<void> | void;
}

function words(dataDir: string, name: string): string {
  return join(dataDir, 'stores', 'words', name);
}

function replace(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
}

async function rewriteMarker(dataDir: string, change: object): Promise<void> {
  const db = new Level<string, unknown>(words(dataDir, 'gen-000003'));
  const reserved = db.sublevel<string, object>('staged-reprocessor', { valueEncoding: 'json' });
  await reserved.put('marker', { ...(await reserved.get('marker')), ...change });
  await db.close();
}

async function rewriteRecord(dataDir: string, text: string): Promise<void> {
  const db = new Level(join(dataDir, 'control'), { compression: false });
  await db.put('record', text);
  await db.close();
}

const damages: readonly Damage[] = [
  {
    what: 'the live generation is missing',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 3 of store 'words' is recorded and is not there/u,
    damage: (dataDir) => rmSync(words(dataDir, 'gen-000003'), { recursive: true }),
  },
  {
    what: 'a retained generation is missing',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 1 of store 'words' is recorded and is not there/u,
    damage: (dataDir) => rmSync(words(dataDir, 'gen-000001'), { recursive: true }),
  },
  {
    what: 'the SQLite file is missing',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /of store 'totals' is recorded and is not there \(and 2 more\)/u,
    damage: (dataDir) => rmSync(join(dataDir, 'stores', 'totals'), { recursive: true }),
  },
  {
    what: 'a generation is of an older marker',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 3 of store 'words' is older than the control record/u,
    damage: (dataDir) => rewriteMarker(dataDir, { revision: 0 }),
  },
  {
    what: 'a generation is of a newer marker',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 3 of store 'words' is newer than the control record/u,
    damage: (dataDir) => rewriteMarker(dataDir, { revision: 999 }),
  },
  {
    what: 'a generation carries the marker of another home',
    code: 'REPROCESS_FOREIGN_DATA',
    says: /Generation 3 of store 'words' belongs to another data directory \(elsewhere\)/u,
    damage: (dataDir) => rewriteMarker(dataDir, { homeId: 'elsewhere' }),
  },
  {
    what: 'two generations have changed places',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /carries the marker of generation/u,
    damage: (dataDir) => {
      renameSync(words(dataDir, 'gen-000003'), words(dataDir, 'x'));
      renameSync(words(dataDir, 'gen-000002'), words(dataDir, 'gen-000003'));
      renameSync(words(dataDir, 'x'), words(dataDir, 'gen-000002'));
    },
  },
  {
    what: "another home's SQLite file lies there",
    code: 'REPROCESS_FOREIGN_DATA',
    says: /store 'totals' belongs to another data directory/u,
    damage: (dataDir) => replace(join(other, 'stores', 'totals'), join(dataDir, 'stores', 'totals')),
  },
  {
    what: 'an older copy of the SQLite file was restored',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 3 of store 'totals' is recorded and is not there/u,
    damage: (dataDir) => replace(join(early, 'stores', 'totals'), join(dataDir, 'stores', 'totals')),
  },
  {
    what: 'an older copy of the control directory was restored',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /lost writes/u,
    damage: (dataDir) => replace(join(early, 'control'), join(dataDir, 'control')),
  },
  {
    what: 'an older copy of the control directory and of the status was restored',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 3 of store 'words' is there, but the control record does not know it/u,
    damage: (dataDir) => {
      replace(join(early, 'control'), join(dataDir, 'control'));
      replace(join(early, 'status.json'), join(dataDir, 'status.json'));
    },
  },
  {
    what: 'the control directory is missing',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /lost writes|there is no control record/u,
    damage: (dataDir) => rmSync(join(dataDir, 'control'), { recursive: true }),
  },
  {
    what: 'the control directory and the status are missing',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 1 of store 'words' is there, but there is no control record/u,
    damage: (dataDir) => {
      rmSync(join(dataDir, 'control'), { recursive: true });
      rmSync(join(dataDir, 'status.json'));
    },
  },
  {
    what: 'the control directory of another home lies there',
    code: 'REPROCESS_FOREIGN_DATA',
    says: /belongs to another data directory/u,
    damage: (dataDir) => replace(join(other, 'control'), join(dataDir, 'control')),
  },
  {
    what: 'an unknown generation lies there',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /Generation 77 of store 'words' is there, but the control record does not know it/u,
    damage: (dataDir) => mkdirSync(words(dataDir, 'gen-000077')),
  },
  {
    what: 'a foreign file lies there',
    code: 'REPROCESS_FOREIGN_DATA',
    says: /notes\.txt is not a generation of this store/u,
    damage: (dataDir) => writeFileSync(words(dataDir, 'notes.txt'), 'mine'),
  },
  {
    what: 'the record is of a newer format',
    code: 'REPROCESS_FORMAT_NEWER',
    says: /a format that this version does not know/u,
    damage: (dataDir) =>
      rewriteRecord(dataDir, encodeControlRecord({ ...newControlRecord('x'), format: 2 as unknown as 1 })),
  },
  {
    what: 'the record does not match its checksum',
    code: 'REPROCESS_CONTROL_CORRUPT',
    says: /does not match its checksum/u,
    damage: (dataDir) => rewriteRecord(dataDir, `${encodeControlRecord(newControlRecord('x'))} `),
  },
];

test.each(damages)('$what: refused in a sentence, diagnosed, and nothing is changed', async (one) => {
  const dataDir = join(root, 'copy');
  replace(home, dataDir);
  await one.damage(dataDir);
  const before = treeDigest(dataDir);
  const stores = treeDigest(join(dataDir, 'stores'));
  const diagnosis = await StagedReprocessor.diagnose(dataDir, storesOf(WORLD));
  expect(treeDigest(dataDir)).toEqual(before);
  expect(diagnosis.healthy).toBe(false);
  expect(diagnosis.problems.map(({ code }) => code)).toContain(one.code);
  for (const time of [1, 2]) {
    const opened = await tryOpen(optionsOf(dataDir, WORLD));
    expect(opened, `opening ${time}`).toMatchObject({ code: one.code });
    expect('message' in opened ? opened.message : '').toMatch(one.says);
    expect(treeDigest(join(dataDir, 'stores'))).toEqual(stores);
    expect(readdirSync(dataDir).filter((name) => /owner|tmp|scratch/u.test(name))).toEqual([]);
  }
});

test('a store left out, or of another kind, is a TypeError that names it', async () => {
  const options = optionsOf(home, WORLD);
  const { words: level, totals } = storesOf(WORLD);
  const open = (stores: Stores, tasks: OpenOptions<Stores>['tasks']): Promise<unknown> =>
    StagedReprocessor.open({ ...options, stores, tasks });
  const before = treeDigest(join(home, 'stores'));
  const tasks = tasksOf('level') as OpenOptions<Stores>['tasks'];
  await expect(open({ words: level ?? {} } as Stores, tasks)).rejects.toThrow(/store 'totals'/u);
  await expect(open({ words: totals, totals } as Stores, [])).rejects.toThrow(/kind 'level'/u);
  expect(treeDigest(join(home, 'stores'))).toEqual(before);
  expect((await expectKept(options)).versions).toEqual({ words: 3, totals: 3 });
});

test('a status that is missing, torn or of another home changes nothing', async () => {
  const dataDir = join(root, 'copy');
  for (const text of [
    undefined,
    '',
    '{"format": 1, "homeId": "',
    '{"homeId":"other","controlRevision":999}',
  ]) {
    replace(home, dataDir);
    if (text === undefined) rmSync(join(dataDir, 'status.json'));
    else writeFileSync(join(dataDir, 'status.json'), text);
    expect((await expectKept(openOptions(dataDir, WORLD))).versions).toEqual({ words: 3, totals: 3 });
  }
});
