/**
 * Walks the relative imports of every built entry and fails when one names a package that it must not: an optional
 * peer may be named by its own entry only, the command may only load one lazily, and what is built for CommonJS, and
 * its types, must not reach a package that is ESM only.
 */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import ts from 'typescript';
import { entries, manifest, root } from './entries.ts';

/** Optional peers that an entry may import at once, and those that it may load with `import()` when needed. */
const allowed: Readonly<
  Record<string, { readonly atOnce?: readonly string[]; readonly lazily?: readonly string[] }>
> = {
  kysely: { atOnce: ['kysely', 'better-sqlite3'] },
  ozone: { lazily: ['tar-stream', '@grpc/grpc-js', '@bufbuild/protobuf'] },
  cli: { lazily: ['kysely', 'better-sqlite3', 'tar-stream', '@grpc/grpc-js', '@bufbuild/protobuf'] },
};

interface Reached {
  readonly atOnce: Set<string>;
  readonly lazily: Set<string>;
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** The module names in a file, each with whether it is loaded at once. */
function importsOf(file: string): { readonly specifier: string; readonly lazy: boolean }[] {
  const found: { specifier: string; lazy: boolean }[] = [];
  // What stands in a function is loaded when that is called: so a bundle keeps a module that is imported lazily.
  const visit = (node: ts.Node, inFunction: boolean): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined
    ) {
      if (ts.isStringLiteral(node.moduleSpecifier))
        found.push({ specifier: node.moduleSpecifier.text, lazy: false });
    } else if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const lazy = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const named = ts.isIdentifier(node.expression) && /^(?:__)?require$/u.test(node.expression.text);
      if (first !== undefined && ts.isStringLiteral(first) && (lazy || named)) {
        found.push({ specifier: first.text, lazy: lazy || inFunction });
      }
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal))
        found.push({ specifier: node.argument.literal.text, lazy: false });
    }
    const within = inFunction || ts.isFunctionLike(node);
    ts.forEachChild(node, (child) => {
      visit(child, within);
    });
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest), false);
  return found;
}

/** A declaration file names its neighbours by their JavaScript name. */
const neighbour = (from: string, specifier: string): string => {
  const target = resolve(dirname(from), specifier);
  return from.endsWith('ts') ? target.replace(/\.(?<kind>c?)js$/u, '.d.$<kind>ts') : target;
};

function reach(file: string, lazy = false, seen = new Set<string>(), out: Reached = empty()): Reached {
  const visitedAs = `${file} ${lazy ? 'lazily' : 'at once'}`;
  if (seen.has(visitedAs)) return out;
  seen.add(visitedAs);
  for (const found of importsOf(file)) {
    const later = lazy || found.lazy;
    if (found.specifier.startsWith('.')) reach(neighbour(file, found.specifier), later, seen, out);
    else if (!found.specifier.startsWith('node:'))
      out[later ? 'lazily' : 'atOnce'].add(packageOf(found.specifier));
  }
  return out;
}

function empty(): Reached {
  return { atOnce: new Set(), lazily: new Set() };
}

const own = new Set(Object.keys(manifest.dependencies));
let faults = 0;
for (const { name, commonJs, imported } of entries()) {
  const extensions = ['js', ...(imported ? ['d.ts'] : []), ...(commonJs ? ['cjs', 'd.cts'] : [])];
  const atOnce = new Set([...own, ...(allowed[name]?.atOnce ?? [])]);
  const lazily = new Set([...atOnce, ...(allowed[name]?.lazily ?? [])]);
  for (const extension of extensions) {
    const file = resolve(root, `dist/${name}.${extension}`);
    const reached = reach(file);
    const extra = [
      ...[...reached.atOnce].filter((dependency) => !atOnce.has(dependency)),
      ...[...reached.lazily]
        .filter((dependency) => !lazily.has(dependency))
        .map((dependency) => `${dependency} (lazily)`),
    ];
    if (extra.length === 0) continue;
    faults += 1;
    console.error(`${relative(root, file)} must not reach ${extra.join(', ')}`);
  }
}
if (faults === 0) console.log('Every entry reaches only what it may.');
process.exitCode = faults === 0 ? 0 : 1;
