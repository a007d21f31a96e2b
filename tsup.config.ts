import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { entries, root, type Entry } from './.ci/entries.ts';

const filesOf = (wanted: readonly Entry[]): Record<string, string> =>
  Object.fromEntries(wanted.map(({ name, source }) => [name, source]));

/**
 * Source maps name their sources from the project's root, wherever the build goes and whatever esbuild wrote: no path
 * of this machine may be in them.
 */
function relativeSources(outDir: string, extension: string): void {
  for (const name of readdirSync(outDir).filter((file) => file.endsWith(`${extension}.map`))) {
    const file = join(outDir, name);
    const map = JSON.parse(readFileSync(file, 'utf8')) as { sources: string[] };
    map.sources = map.sources.map((source) => `../${relative(root, resolve(outDir, source))}`);
    writeFileSync(file, JSON.stringify(map));
  }
}

export default defineConfig((cli) => {
  const outDir = cli.outDir ?? 'dist';
  // Not `clean`: the two builds below run side by side, and one would delete what the other has written.
  rmSync(outDir, { recursive: true, force: true });

  const shared: Options = {
    outDir,
    target: 'node22',
    platform: 'node',
    shims: false, // tsup's shim of import.meta.url breaks on '#', '?' and '%' in the path
    removeNodeProtocol: false,
    sourcemap: true,
  };
  const all = entries();
  const esm = filesOf(all);
  const cjs = filesOf(all.filter(({ commonJs }) => commonJs));

  return [
    {
      ...shared,
      entry: esm,
      format: 'esm',
      splitting: true,
      dts: { entry: filesOf(all.filter(({ imported }) => imported)) },
      onSuccess: () => {
        relativeSources(outDir, '.js');
        return Promise.resolve();
      },
    },
    {
      ...shared,
      entry: cjs,
      format: 'cjs',
      // With splitting, tsup sends CommonJS through sucrase, which turns every `import()` into `require()`; modules
      // given by URL would not load. So each entry has its own copy, and errors are recognised by their code.
      splitting: false,
      dts: { entry: cjs },
      esbuildOptions(options) {
        options.define = { ...options.define, 'import.meta.url': '__importMetaUrl' };
        options.banner = {
          js: `const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`,
        };
      },
      onSuccess: () => {
        relativeSources(outDir, '.cjs');
        return Promise.resolve();
      },
    },
  ];
});
