import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lengthFaults, MAX_LINES, nameFaults, placeFaults } from './file-rules.ts';
import { committedPaths, readProjectFile, root } from './project-files.ts';

const paths = committedPaths().filter((path) => !path.startsWith('test/fixtures/'));
const code = paths.filter((path) => /\.[cm]?[jt]s$/u.test(path));
const texts = paths.filter((path) => /(?:\.(?:[cm]?[jt]s|json|md|sh|ya?ml)|\.ci\/run|rc)$/u.test(path));
// The root of a file system, or "/src", would be found in many innocent places.
const machinePaths = [root, homedir(), join(dirname(root), 'shared')]
  .filter((path) => !['/', '/src', '/docs', '/test'].includes(path))
  .map((path) => `${path}/`);

const file = (path: string, text: string) => ({ path, text });

describe('files', () => {
  it('have names that say what is in them', () => {
    expect(nameFaults(code)).toEqual([]);
  });

  it(`have at most ${MAX_LINES} lines`, () => {
    expect(lengthFaults(code.map(readProjectFile))).toEqual([]);
  });

  it('name no place of one machine and no place of download', () => {
    expect(placeFaults(texts.map(readProjectFile), machinePaths)).toEqual([]);
  });
});

describe('the rules for files', () => {
  it.each([
    'src/store/utils.ts',
    'src/common/clock.ts',
    'src/task/types.ts',
    'src/store/lease-helpers.ts',
    'test/store/runStore.test.ts',
  ])('refuse the name %s', (path) => {
    expect(nameFaults([path])).toHaveLength(1);
  });

  it.each([
    'src/store/store.ts',
    'src/store/column-types.ts',
    'test/types/lease.test-d.ts',
    'tsup.config.ts',
  ])('allow the name %s', (path) => {
    expect(nameFaults([path])).toEqual([]);
  });

  it('refuse one line too many', () => {
    expect(lengthFaults([file('a.ts', 'x\n'.repeat(MAX_LINES))])).toEqual([]);
    expect(lengthFaults([file('a.ts', 'x\n'.repeat(MAX_LINES + 1))])).toHaveLength(1);
  });

  it.each([
    `const data = '${root}/data';`,
    `const golden = new URL('${['..', 'shared'].join('/')}/golden', import.meta.url);`,
    ['"resolved', '": "https://example.org/x.tgz"'].join(''),
  ])('refuse %s', (text) => {
    expect(placeFaults([file('a.ts', text)], machinePaths)).toHaveLength(1);
  });
});
