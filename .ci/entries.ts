import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** One file of the package that its users import or run: a subpath of `exports`, or the command. */
export interface Entry {
  /** Name of the built file in dist/, without an extension. */
  readonly name: string;
  /** Path of the source, from the project's root. */
  readonly source: string;
  /** Whether it is built for CommonJS too. */
  readonly commonJs: boolean;
  /** Whether it is imported (a subpath of `exports`), not run. */
  readonly imported: boolean;
}

type Target = string | { readonly types: string; readonly default: string };
type Conditions = Target | { readonly import: Target; readonly require: Target };

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Conditions>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** npm starts every script in the project's root; tsup bundles this file into its configuration, so it has no place. */
export const root: string = process.cwd();

export const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as Manifest;

/** Where an entry's source can lie, the first that exists counts. */
function sourceOf(name: string): string {
  const places = [
    `src/${name}.ts`,
    `src/${name}/index.ts`,
    `src/adapters/${name}/index.ts`,
    `src/${name}/main.ts`,
  ];
  const found = places.find((place) => existsSync(resolve(root, place)));
  if (found === undefined)
    throw new Error(`package.json names the entry ${name}, but no ${places.join(', no ')}`);
  return found;
}

/** All entries, read from `exports` and `bin` of package.json: the one place that lists them. */
export function entries(): readonly Entry[] {
  const imported = Object.entries(manifest.exports)
    .filter(([subpath]) => !subpath.endsWith('.json'))
    .map(([subpath, conditions]) => {
      const name = subpath === '.' ? 'index' : subpath.slice(2);
      const commonJs = typeof conditions === 'object' && 'require' in conditions;
      return { name, source: sourceOf(name), commonJs, imported: true };
    });
  const run = Object.values(manifest.bin).map((file) => {
    const name = file.replace(/^\.\/dist\//u, '').replace(/\.js$/u, '');
    return { name, source: sourceOf(name), commonJs: false, imported: false };
  });
  return [...imported, ...run];
}
