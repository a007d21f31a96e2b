import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestName } from './manifest.ts';
import { changedWhileRead, isMissing, notACheckpoint, readFailed, unsupported } from './read-errors.ts';

/** What a checkpoint's directory looks like from outside: enough to tell whether somebody writes to it. */
export interface DirectoryState {
  readonly manifest: string;
  /** Names of WAL files. */
  readonly logs: readonly string[];
  /** Numbers of table files. */
  readonly tables: readonly number[];
  readonly bytes: number;
  /** Changes whenever CURRENT, the MANIFEST or a WAL file does; by file, so that the difference can be named. */
  readonly marks: ReadonlyMap<string, string>;
}

/** An encrypted file begins with a page of random bytes; CURRENT is a line otherwise. */
const LONGEST_CURRENT = 4096;

export async function readDirectoryState(directory: string): Promise<DirectoryState> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) throw notACheckpoint(directory, 'there is no such directory', error);
    throw readFailed(directory, error);
  });
  if (!names.includes('CURRENT')) throw notACheckpoint(directory, 'it has no file CURRENT');
  const current = join(directory, 'CURRENT');
  const refused = (path: string) => (error: unknown) => {
    // It was listed just now.
    throw isMissing(error) ? changedWhileRead(directory, `${path} is gone`, error) : readFailed(path, error);
  };
  const text = await readFile(current, 'latin1').catch(refused(current));
  if (text.length >= LONGEST_CURRENT) throw unsupported(current, 'encryption at rest');
  const manifest = manifestName(text);
  if (manifest === undefined) throw notACheckpoint(directory, 'CURRENT does not name a MANIFEST');
  if (!names.includes(manifest))
    throw notACheckpoint(directory, `CURRENT names ${manifest}, which is missing`);
  const logs = names.filter((name) => /^\d{1,15}\.log$/.test(name)).sort();
  const marks = new Map([['CURRENT', text]]);
  let bytes = 0;
  for (const name of [manifest, ...logs]) {
    const path = join(directory, name);
    const { size, mtimeMs, ino } = await stat(path).catch(refused(path));
    bytes += size;
    marks.set(name, `${size} ${mtimeMs} ${ino}`);
  }
  const tables = names.flatMap((name) => {
    const number = /^(\d{1,15})\.sst$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return { manifest, logs, tables, bytes, marks };
}

/** The name of a file that differs between two states, if any. */
export function differenceOf(before: DirectoryState, after: DirectoryState): string | undefined {
  for (const [name, mark] of before.marks) if (after.marks.get(name) !== mark) return name;
  for (const name of after.marks.keys()) if (!before.marks.has(name)) return name;
  return undefined;
}
