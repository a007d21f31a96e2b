import { describe, expect, it } from 'vitest';
import { circles, directionFaults } from './import-direction.ts';
import { committedPaths, readProjectFile } from './project-files.ts';

const sources = committedPaths()
  .filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
  .map(readProjectFile);

const file = (path: string, text: string) => ({ path, text });

describe('imports of the sources', () => {
  it('are found', () => {
    expect(sources.length).toBeGreaterThan(10);
  });

  it('point one way', () => {
    expect(directionFaults(sources)).toEqual([]);
  });

  it('make no circle', () => {
    expect(circles(sources)).toEqual([]);
  });
});

describe('the rule of direction', () => {
  it.each([
    ['src/errors.ts', `import { systemClock } from './clock.ts';`],
    ['src/store/store.ts', `import type { Run } from '../reprocessor/run.ts';`],
    ['src/reprocessor/stage.ts', `import { levelStore } from '../adapters/level/level-store.ts';`],
    ['src/control/record.ts', `export { x } from '../adapters/level/index.ts';`],
    ['src/adapters/level/store.ts', `const m = await import('../../reprocessor/stage.ts');`],
    ['src/adapters/memory/store.ts', `import { rows } from '../level/rows.ts';`],
    ['src/recon/tasks.ts', `import { sqliteStore } from '../adapters/kysely/index.ts';`],
    ['src/recon/tasks.ts', `import { type Columns } from '../adapters/kysely/index.ts';`],
    ['src/recon/tasks.ts', `import { sql } from 'kysely';`],
    ['src/reprocessor/machine.ts', `let x: import('kysely').Kysely<unknown>;`],
    ['src/index.ts', `export { levelStore } from './adapters/level/index.ts';`],
    ['src/cli/main.ts', `import { suite } from '../testing/index.ts';`],
    ['src/store/store.ts', `import { fixture } from '../../test/fixtures/rows.ts';`],
    ['src/store/store.ts', `import { fixture } from '../../../elsewhere/rows.ts';`],
    ['src/somewhere/new.ts', `import { x } from '../errors.ts';`],
  ])('refuses, in %s, %s', (path, text) => {
    expect(directionFaults([file(path, text)])).toHaveLength(1);
  });

  it.each([
    [
      'src/adapters/level/store.ts',
      `import { Level } from 'level';\nimport { x } from '../../store/store.ts';`,
    ],
    ['src/recon/tasks.ts', `import type { Columns } from '../adapters/kysely/index.ts';`],
    [
      'src/reprocessor/stage.ts',
      `import { join } from 'node:path';\nimport { x } from '../control/record.ts';`,
    ],
    ['src/cli/main.ts', `const { sqliteStore } = await import('../adapters/kysely/index.ts');`],
  ])('allows, in %s, %s', (path, text) => {
    expect(directionFaults([file(path, text)])).toEqual([]);
  });

  it('sees a circle, but not one of types', () => {
    const a = file('src/task/a.ts', `import { b } from './b.ts';`);
    expect(circles([a, file('src/task/b.ts', `import { a } from './a.ts';`)])).toEqual([
      'src/task/a.ts > src/task/b.ts > src/task/a.ts',
    ]);
    expect(circles([a, file('src/task/b.ts', `import type { a } from './a.ts';`)])).toEqual([]);
  });
});
