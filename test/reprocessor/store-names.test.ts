import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { copyTask, levelRows, openHost, reasonOf, temporaryFolder } from './rows-host.ts';

describe('the name of a store', () => {
  it.each([...Object.getOwnPropertyNames(Object.prototype), '', '.', '..', 'a.b', '-a', 'a'.repeat(65)])(
    'is refused before anything is made: %j',
    async (name) => {
      const dataDir = temporaryFolder();
      // As an own property, also for `__proto__`.
      const stores = Object.fromEntries([[name, levelRows()]]);
      const error = await reasonOf(openHost({ dataDir, stores, tasks: [copyTask('Copy', name)] }));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('Expected `stores` to be named in letters, digits, `_` and `-`');
      expect(readdirSync(dataDir)).toEqual([]);
    },
  );
});
