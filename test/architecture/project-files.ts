import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProjectFile } from './source-imports.ts';

export const root: string = resolve(import.meta.dirname, '../..');

/** What is committed, or would be: every path that git does not ignore. */
export function committedPaths(): readonly string[] {
  // `safe.directory`, because a build machine's user is often not the owner of its checkout.
  const arguments_ = [
    '-c',
    'safe.directory=*',
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
  ];
  const listed = execFileSync('git', arguments_, { cwd: root, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter(
      (path) => path !== '' && existsSync(resolve(root, path)) && statSync(resolve(root, path)).isFile(),
    );
}

export const readProjectFile = (path: string): ProjectFile => ({
  path,
  text: readFileSync(resolve(root, path), 'utf8'),
});
