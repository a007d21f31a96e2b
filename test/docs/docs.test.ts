import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPROCESS_CODES } from '../../src/index.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))].filter(
  (name) => name.endsWith('.md'),
);
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

/** The text of every test but this one. */
function testTexts(): string {
  const names = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && !name.startsWith('docs'))
    .map((name) => read(join('test', name)))
    .join('\n');
}

describe('docs', () => {
  it('every error code is documented', () => {
    const operate = read('docs/operate.md');
    expect(REPROCESS_CODES.filter((code) => !operate.includes(`| \`${code}\``))).toEqual([]);
  });

  it('every error code is raised by a test', () => {
    const texts = testTexts();
    expect(REPROCESS_CODES.filter((code) => !texts.includes(code))).toEqual([]);
  });

  it('every relative link leads somewhere', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => join(dirname(page), target))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
