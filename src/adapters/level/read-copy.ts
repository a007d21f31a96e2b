import { copyFile, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openLevel, type LevelDatabase } from './level-database.ts';

/**
 * Reads a LevelDB without changing a byte of its directory. Opening one rewrites its MANIFEST and log, so a copy is
 * opened outside: table files, which LevelDB never changes, as links; everything else copied. A table file that is not
 * older than the MANIFEST may be one that no MANIFEST names yet, whose name LevelDB would use again: it is copied too.
 */
export async function readCopy<T>(
  directory: string,
  read: (db: LevelDatabase) => Promise<T>,
  temporaryDirectory = tmpdir(),
): Promise<T> {
  await mkdir(temporaryDirectory, { recursive: true });
  const copy = await mkdtemp(join(temporaryDirectory, 'staged-reprocessor-'));
  try {
    await copyFiles(resolve(directory), copy);
    const db = await openLevel(copy, { create: false });
    try {
      return await read(db);
    } finally {
      await db.close();
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function copyFiles(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => name !== 'LOCK' && !name.startsWith('LOG'));
  const manifests = names.filter((name) => name.startsWith('MANIFEST-'));
  const times = await Promise.all(manifests.map(async (name) => (await stat(join(from, name))).mtimeMs));
  const oldest = Math.min(...times);
  for (const name of names) {
    const isTable = name.endsWith('.ldb') || name.endsWith('.sst');
    const linked = isTable && (await stat(join(from, name))).mtimeMs < oldest;
    await (linked ? symlink(join(from, name), join(to, name)) : copyFile(join(from, name), join(to, name)));
  }
}
