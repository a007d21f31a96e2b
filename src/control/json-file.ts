import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/** Replaces a small JSON file at once, so that another process never reads half of it. Not synced: it only informs. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `${JSON.stringify(value, bigintAsText, 2)}\n`);
  await rename(temporary, path);
}

/** The parsed file; `undefined` when it is missing or no JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Removes the file and what a crash may have left of its writing. */
export async function removeJsonFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await removeTemporary(path);
}

/** Removes what an unfinished writing has left. Never rejects. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(`${path}.tmp`, { force: true }).catch(() => undefined);
}

/** JSON has no bigint: sequences become decimal strings. */
export function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
