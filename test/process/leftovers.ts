import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * What lies in the data directory of a closed reprocessor although no live or retained generation needs it. `kept` are
 * the generations of each store.
 */
export function leftovers(dataDir: string, kept: Readonly<Record<string, readonly number[]>>): string[] {
  const known = new Set(['control', 'log', 'stores', 'status.json']);
  const found = readdirSync(dataDir).filter((name) => !known.has(name));
  const stores = join(dataDir, 'stores');
  for (const store of existsSync(stores) ? readdirSync(stores) : []) {
    const generations = kept[store] ?? [];
    const wanted = existsSync(join(stores, store, 'data.sqlite'))
      ? ['data.sqlite']
      : generations.map((generation) => `gen-${String(generation).padStart(6, '0')}`);
    const names = readdirSync(join(stores, store));
    found.push(...names.filter((name) => !wanted.includes(name)).map((name) => `${store}/${name}`));
    found.push(
      ...wanted.filter((name) => !names.includes(name)).map((name) => `${store}/${name} is missing`),
    );
    if (wanted[0] === 'data.sqlite')
      found.push(...sqliteLeftovers(join(stores, store, 'data.sqlite'), generations));
  }
  return found;
}

function sqliteLeftovers(file: string, generations: readonly number[]): string[] {
  const db = new Database(file, { readonly: true });
  try {
    const names = db.prepare<[], string>('SELECT name FROM sqlite_schema').pluck().all();
    const orphans = names.filter((name) => {
      const match = /__sr_(\d+)_/u.exec(name);
      return match !== null && !generations.includes(Number(match[1]));
    });
    const marked = db.prepare<[], number>('SELECT generation FROM __staged_reprocessor ORDER BY 1').pluck();
    const entries = marked.all().filter((generation) => !generations.includes(generation));
    return [...orphans, ...entries.map((generation) => `marker of ${generation}`)];
  } finally {
    db.close();
  }
}
