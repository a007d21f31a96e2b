import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'examples/outbox');

/** Without the indentation, which is another one in the file. */
const flush = (text: string): string => text.replace(/^\s+|\s+$/gmu, '');

it('the code of docs/follow-a-source.md is that of the outbox example', () => {
  const page = readFileSync(join(root, 'docs/follow-a-source.md'), 'utf8');
  const files = readdirSync(folder).map((name) => flush(readFileSync(join(folder, name), 'utf8')));
  const blocks = [...page.matchAll(/```(?:ts|sql)\n(.*?)```/gsu)].map(([, code = '']) => flush(code));
  expect(blocks.length).toBeGreaterThan(4);
  expect(blocks.filter((block) => !files.some((file) => file.includes(block)))).toEqual([]);
});
