import { importsOf, type ProjectFile, type SourceImport } from './source-imports.ts';

const base = ['errors.ts', 'clock.ts'];
const contracts = [...base, 'store', 'source', 'task'];
const engine = [...contracts, 'control', 'log', 'worker', 'reprocessor'];

interface Rule {
  /** Folders and files under src/ that may be imported; the part itself always may. */
  readonly may: readonly string[];
  /** The same, by `import type` only. */
  readonly mayByType?: readonly string[];
  readonly packages?: readonly string[];
}

/** The parts of src/, from the bottom to the top. An adapter is a part of its own: no adapter needs another. */
const rules: Readonly<Record<string, Rule>> = {
  'errors.ts': { may: [] },
  'clock.ts': { may: base },
  store: { may: contracts, packages: ['abstract-level'] },
  source: { may: contracts, packages: ['abstract-level'] },
  task: { may: contracts },
  control: { may: engine, packages: ['abstract-level', 'level'] },
  log: { may: engine, packages: ['abstract-level', 'level'] },
  worker: { may: engine },
  reprocessor: { may: engine, packages: ['xstate', 'eventemitter3'] },
  'adapters/memory': { may: contracts, packages: ['abstract-level'] },
  'adapters/level': { may: contracts, packages: ['abstract-level', 'level'] },
  'adapters/kysely': { may: contracts, packages: ['kysely', 'better-sqlite3'] },
  ozone: {
    may: contracts,
    packages: ['abstract-level', 'level', 'tar-stream', '@grpc/grpc-js', '@bufbuild/protobuf'],
  },
  recon: { may: [...contracts, 'ozone'], mayByType: ['adapters/level', 'adapters/kysely'] },
  admin: { may: engine },
  testing: { may: engine, packages: ['abstract-level'] },
  cli: {
    may: [...engine, 'index.ts', 'adapters/memory', 'adapters/level', 'adapters/kysely', 'ozone', 'recon'],
  },
  'index.ts': { may: engine },
};

/** The part of src/ that a path belongs to, for example `adapters/level`. */
function partOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  return first === 'adapters' ? `${first}/${second}` : first;
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function faultOf(found: SourceImport): string | undefined {
  const part = partOf(found.from);
  const rule = rules[part];
  if (rule === undefined) return `${found.from}: no rule says what ${part} may import`;
  const where = `${found.from}:${found.line}`;
  if (found.to.startsWith('src/')) {
    const target = partOf(found.to);
    if (target === part || rule.may.includes(target)) return undefined;
    if (rule.mayByType?.includes(target) === true) {
      return found.typeOnly ? undefined : `${where}: ${part} may import ${target} by \`import type\` only`;
    }
    return `${where}: ${part} may not import ${target}`;
  }
  if (found.to.startsWith('node:')) return undefined;
  if (found.to.startsWith('..')) return `${where}: ${found.to} lies outside the project`;
  const isFile = /\.\w+$/u.test(found.to) && found.to.includes('/');
  if (isFile) return `${where}: src may not import ${found.to}`;
  if (rule.packages?.includes(packageOf(found.to)) === true) return undefined;
  return `${where}: ${part} may not import the package ${packageOf(found.to)}`;
}

/** Every import under src/ that points the wrong way, one sentence each. */
export function directionFaults(files: readonly ProjectFile[]): readonly string[] {
  return files.flatMap(importsOf).flatMap((found) => faultOf(found) ?? []);
}

/** Every circle of files under src/ that load one another, written `a > b > a`. Circles of types alone are no fault. */
export function circles(files: readonly ProjectFile[]): readonly string[] {
  const loads = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter(({ typeOnly, to }) => !typeOnly && to.startsWith('src/'))
        .map(({ to }) => to),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, above: readonly string[]): void => {
    const at = above.indexOf(path);
    if (at >= 0) found.push([...above.slice(at), path].join(' > '));
    if (at >= 0 || done.has(path)) return;
    for (const next of loads.get(path) ?? []) walk(next, [...above, path]);
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  return found;
}
