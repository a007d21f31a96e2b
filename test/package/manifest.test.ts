import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entries } from '../../.ci/entries.ts';
import { root } from './packed-package.ts';

const json = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));

const manifest = json('package.json') as {
  readonly typesVersions: { readonly '*': Readonly<Record<string, readonly string[]>> };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
};
const tsconfig = json('tsconfig.json') as {
  readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly string[]>> };
};

const imported = entries().filter((entry) => entry.imported);
const subpaths = imported.filter(({ name }) => name !== 'index');

describe('the package', () => {
  it('has an entry for each part that users import, and CommonJS for all but kysely', () => {
    expect(imported.map(({ name }) => name)).toEqual([
      'index',
      'memory',
      'level',
      'kysely',
      'ozone',
      'recon',
      'testing',
    ]);
    expect(imported.filter(({ commonJs }) => !commonJs).map(({ name }) => name)).toEqual(['kysely']);
  });

  it('tells resolvers that know no `exports` where the types of each entry are', () => {
    expect(manifest.typesVersions['*']).toEqual(
      Object.fromEntries(
        subpaths.map(({ name, commonJs }) => [name, [`./dist/${name}.${commonJs ? 'd.cts' : 'd.ts'}`]]),
      ),
    );
  });

  it('checks the types of its examples against the sources', () => {
    expect(tsconfig.compilerOptions.paths).toEqual(
      Object.fromEntries(
        imported.map(({ name, source }) => [
          name === 'index' ? 'staged-reprocessor' : `staged-reprocessor/${name}`,
          [`./${source}`],
        ]),
      ),
    );
  });

  it('pins what it depends on', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/u.test(version))).toEqual([]);
  });

  it('asks for no peer that a host may not need, and tests with each of them', () => {
    for (const peer of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
      expect(manifest.devDependencies).toHaveProperty([peer]);
    }
  });

  it('has a lock file without download addresses', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"\s*:/u);
  });
});
