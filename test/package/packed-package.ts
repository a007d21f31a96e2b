import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root: string = resolve(import.meta.dirname, '../..');

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** A package as `npm install` wants it, in the version that this project itself uses. */
export function pinned(name: string): string {
  const version = manifest.devDependencies[name];
  if (version === undefined) throw new Error(`${name} is no development dependency`);
  return `${name}@${version}`;
}

const modifiedMs = (file: string): number => statSync(file).mtimeMs;

/** `npm test` builds first; a test started by other means must not judge an older build. */
export function expectFreshBuild(): void {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const newestMs = Math.max(...[...sources, join(root, 'tsup.config.ts')].map(modifiedMs));
  const built = join(root, 'dist/index.js');
  if (!existsSync(built) || modifiedMs(built) < newestMs) {
    throw new Error('dist/ is missing or older than src/: run `npm run build` first');
  }
}

const npm = (cwd: string, ...words: readonly string[]): string =>
  execFileSync('npm', words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Packs the project as it would be published; returns the tarball's path. */
export function pack(destination: string): string {
  npm(root, 'pack', '--silent', '--pack-destination', destination);
  const tarball = readdirSync(destination).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack wrote no tarball');
  return join(destination, tarball);
}

/** Makes a project in `directory` that holds the named consumers, and installs the packages in it. */
export function installProject(
  directory: string,
  consumers: readonly string[],
  packages: readonly string[],
): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  for (const consumer of consumers) {
    cpSync(join(root, 'test/package/consumers', consumer), join(directory, consumer), { recursive: true });
  }
  npm(directory, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages);
}
