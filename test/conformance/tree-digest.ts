import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every file under a directory with a digest of its bytes, and every folder; `{}` when there is no such directory.
 * `leaves` says which names are left out.
 */
export function treeDigest(directory: string, leaves: RegExp = /^$/u): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string): void => {
    for (const entry of entriesOf(join(directory, path))) {
      if (leaves.test(entry.name)) continue;
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        found[`${name}/`] = '';
        walk(name);
      } else {
        const bytes = readFileSync(join(directory, name));
        found[name] = createHash('sha256').update(bytes).digest('hex');
      }
    }
  };
  walk('');
  return found;
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
