import { readFileSync } from 'node:fs';

/** The version in `package.json`, which lies one folder above the built command and two above its source. */
export function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      if (typeof manifest !== 'object' || manifest === null) continue;
      if (!('name' in manifest && manifest.name === 'staged-reprocessor' && 'version' in manifest)) continue;
      return String(manifest.version);
    } catch {
      continue;
    }
  }
  return 'unknown';
}
