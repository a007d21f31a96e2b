import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errors.ts';
import { LevelDamage } from './level-damage.ts';
import { logRecords } from './level-log-records.ts';
import { levelVersion } from './level-manifest.ts';
import { checkTableFile } from './level-table-file.ts';

/**
 * Checks every byte that a small uncompressed LevelDB is made of, before LevelDB sees it: it drops damaged records of a
 * log silently, reads damaged tables as they are, and ends the whole process on some of them. Changes nothing.
 *
 * A directory that changes meanwhile (another process has it open) is checked again.
 *
 * @returns a sentence about the damage; `undefined` when there is none, or no database yet.
 */
export async function checkLevelFiles(directory: string): Promise<string | undefined> {
  for (;;) {
    const before = await levelFingerprint(directory);
    const damage = await findDamage(directory);
    if (damage === undefined || (await levelFingerprint(directory)) === before) return damage;
  }
}

async function findDamage(directory: string): Promise<string | undefined> {
  const names = await namesIn(directory);
  const data = names.filter((name) => /\.(?:log|ldb|sst)$/u.test(name));
  if (!names.includes('CURRENT')) {
    return data.length === 0 ? undefined : 'its file CURRENT is missing';
  }
  const current = await readFile(join(directory, 'CURRENT'), 'latin1');
  if (!/^MANIFEST-\d+\n$/u.test(current)) return 'its file CURRENT is damaged';
  const manifest = current.trim();
  if (!names.includes(manifest)) return `its file ${manifest} is missing`;
  const version = await checked(directory, manifest, (bytes) => levelVersion(logRecords(bytes)));
  if (typeof version === 'string') return version;
  for (const [number, size] of version.tables) {
    const name = data.find((one) => numberOf(one) === number && !one.endsWith('.log'));
    if (name === undefined) return `its table file ${String(number)} is missing`;
    const damage = await checked(directory, name, (bytes) => {
      if (bytes.length !== size) throw new LevelDamage('it has another size than was written');
      checkTableFile(bytes);
    });
    if (damage !== undefined) return damage;
  }
  for (const name of data.filter((one) => one.endsWith('.log') && numberOf(one) >= version.logNumber)) {
    const damage = await checked(directory, name, (bytes) => void logRecords(bytes));
    if (damage !== undefined) return damage;
  }
  return undefined;
}

async function checked<T>(directory: string, name: string, check: (bytes: Buffer) => T): Promise<T | string> {
  const bytes = await readFile(join(directory, name));
  try {
    return check(bytes);
  } catch (error) {
    if (error instanceof LevelDamage) return `its file ${name} is damaged: ${error.message}`;
    throw error;
  }
}

function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Names, sizes and times of a LevelDB's files, but for its lock and its notes: the same while nobody writes. */
export async function levelFingerprint(directory: string): Promise<string> {
  const told: string[] = [];
  for (const name of await namesIn(directory)) {
    if (name.startsWith('LO')) continue;
    const found = await stat(join(directory, name)).catch(() => undefined);
    told.push(`${name} ${String(found?.size)} ${String(found?.mtimeMs)}`);
  }
  return told.join('\n');
}
