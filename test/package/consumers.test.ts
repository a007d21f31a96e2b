import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFreshBuild, installProject, pack, pinned, root } from './packed-package.ts';

const place = mkdtempSync(join(tmpdir(), 'sr-'));
/** The package alone, as in a host that stores everything in LevelDB. */
const bare = join(place, 'bare');
/** The package and its optional peers. */
const full = join(place, 'full');
const installed = join(bare, 'node_modules/staged-reprocessor');

/** Runs a Node program and returns what it printed; throws, with all of that, when it fails. */
function run(cwd: string, ...words: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${signal ?? status}:\n${stdout}${stderr}`);
  return stdout;
}

beforeAll(() => {
  expectFreshBuild();
  const tarball = pack(place);
  installProject(bare, ['cjs', 'jest'], [tarball]);
  installProject(full, ['esm', 'ts'], [tarball, ...['kysely', 'better-sqlite3', 'tar-stream'].map(pinned)]);
}, 300_000);

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

describe('the packed package', () => {
  it('holds what is built and what a reader needs, and no source', () => {
    expect(readdirSync(installed).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ]);
  });

  it('names no path of the machine that built it', () => {
    const dist = join(installed, 'dist');
    const named = readdirSync(dist).filter((name) => readFileSync(join(dist, name), 'utf8').includes(root));
    expect(named).toEqual([]);
  });

  it('brings none of its optional peers', () => {
    const peers = ['kysely', 'better-sqlite3', 'tar-stream', '@grpc/grpc-js', '@bufbuild/protobuf'];
    expect(peers.filter((peer) => existsSync(join(bare, 'node_modules', peer)))).toEqual([]);
  });

  it('serves an ESM project', () => {
    expect(run(full, 'esm/main.mjs')).toContain('esm done');
  });

  it('serves a CommonJS project without the optional peers', () => {
    expect(run(bare, 'cjs/main.cjs')).toContain('cjs done');
  });

  it('serves a Jest project without any flag', () => {
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    run(
      join(bare, 'jest'),
      jest,
      '--rootDir',
      '.',
      '--ci',
      '--silent',
      '--cacheDirectory',
      join(place, 'jest-cache'),
    );
  });

  it('recognises errors of another copy of itself by their code', () => {
    expect(run(bare, 'cjs/two-copies.cjs', full)).toContain('copies done');
  });

  it('runs its command', () => {
    expect(run(bare, 'node_modules/.bin/staged-reprocessor', '--help')).toContain('staged-reprocessor');
  });
});

describe('the types of the packed package', () => {
  const tsc = (files: readonly string[], ...options: readonly string[]): string =>
    run(
      join(full, 'ts'),
      join(root, 'node_modules/typescript/bin/tsc'),
      ...['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2024,esnext.disposable'],
      ...['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'],
      ...options,
      ...files,
    );

  it.each([
    ['node16', ['user.mts', 'user.cts'], ['--module', 'node16']],
    ['nodenext', ['user.mts', 'user.cts', 'with-kysely.cts'], ['--module', 'nodenext']],
    ['a bundler', ['user.mts', 'user.cts'], ['--module', 'preserve', '--moduleResolution', 'bundler']],
    [
      'an older NestJS',
      ['nest.ts'],
      ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'],
    ],
  ])('compile under %s', (_name, files, options) => {
    expect(tsc(files, ...options)).toBe('');
  });
});
