import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isReprocessError, StagedReprocessor, type OpenOptions, type Stores } from '../../src/index.ts';
import { treeDigest } from '../conformance/tree-digest.ts';
import { versionsOf } from '../process/read-versions.ts';
import { openOptions, sourceOf, storesOf, type World } from '../process/world.ts';

/** What a host would miss if it were lost. */
export interface Kept {
  readonly versions: Readonly<Record<string, number>> | string;
  readonly live: number | undefined;
  readonly retained: readonly number[];
  readonly runs: readonly string[];
}

/** What opening a directory came to: its data, or the code and the sentence with which it was refused. */
export type Opened = { readonly kept: Kept } | { readonly code: string; readonly message: string };

export function optionsOf(dataDir: string, world: World = 'level'): OpenOptions<Stores> {
  return { ...openOptions(dataDir, world), retainGenerations: 2 };
}

/** Three runs, each in an opening of its own: data, history and files of every kind. */
export async function makeControlHome(
  dataDir: string,
  world: World = 'level',
  versions: readonly number[] = [1, 2, 3],
): Promise<void> {
  for (const version of versions) {
    const reprocessor = await StagedReprocessor.open(optionsOf(dataDir, world));
    reprocessor.on('alert', () => undefined);
    try {
      await reprocessor.reprocess({ source: sourceOf(version) });
    } finally {
      await reprocessor.close();
    }
  }
}

/** Opens and closes; what is refused must be an error of the library with a sentence. */
export async function tryOpen(options: OpenOptions<Stores>): Promise<Opened> {
  let reprocessor: StagedReprocessor;
  try {
    reprocessor = await StagedReprocessor.open(options);
  } catch (error) {
    if (!isReprocessError(error)) throw error;
    if (!/^[A-Z/].{20,}/u.test(error.message))
      throw new Error(`no sentence: ${error.message}`, { cause: error });
    return { code: error.code, message: error.message };
  }
  reprocessor.on('alert', () => undefined);
  try {
    const { generation, retained } = reprocessor.status();
    const runs = await reprocessor.runs().catch((error: unknown) => [{ lost: String(error) }]);
    const versions = await versionsOf(reprocessor, Object.keys(options.stores)).catch((error: unknown) =>
      String(error),
    );
    return { kept: { versions, live: generation, retained, runs: runs.map((run) => JSON.stringify(run)) } };
  } finally {
    await reprocessor.close();
  }
}

export async function expectKept(options: OpenOptions<Stores>): Promise<Kept> {
  const opened = await tryOpen(options);
  if ('kept' in opened) return opened.kept;
  throw new Error(`refused: ${opened.code} ${opened.message}`);
}

/** The files of the control store that LevelDB reads, with their sizes. */
export function controlFiles(dataDir: string): readonly { readonly name: string; readonly size: number }[] {
  return readdirSync(join(dataDir, 'control'))
    .filter((name) => name !== 'LOCK' && !name.startsWith('LOG'))
    .map((name) => ({ name, size: readFileSync(join(dataDir, 'control', name)).length }));
}

/** Damages one file of a copy, opens it twice, and says what is wrong with the answers, if anything. */
export async function faultOf(
  home: string,
  copy: string,
  file: string,
  damage: (bytes: Buffer) => Buffer,
  wanted: Kept,
): Promise<string | undefined> {
  rmSync(copy, { recursive: true, force: true });
  cpSync(home, copy, { recursive: true });
  const path = join(copy, 'control', file);
  writeFileSync(path, damage(readFileSync(path)));
  const before = JSON.stringify(treeDigest(join(copy, 'stores')));
  for (const time of ['first', 'second']) {
    const opened = await tryOpen(optionsOf(copy));
    if ('kept' in opened) {
      const told = JSON.stringify(opened.kept);
      return told === JSON.stringify(wanted) ? undefined : `silent loss at the ${time} opening: ${told}`;
    }
    if (JSON.stringify(treeDigest(join(copy, 'stores'))) !== before) return `${opened.code}, stores changed`;
  }
  return undefined;
}

export function storeNames(world: World): readonly string[] {
  return Object.keys(storesOf(world));
}
