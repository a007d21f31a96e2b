import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const entry = join(import.meta.dirname, '../../../src/adapters/kysely/index.ts');

/** Opens a store in a process that `prepared` has put in a bad state; what the opening says. */
function openWith(prepared: string): { code: string; message: string } {
  const script = `
    ${prepared}
    const { sqliteStore } = await import(${JSON.stringify(entry)});
    const adapter = sqliteStore({ tables: { t: { columns: { k: 'text' }, primaryKey: ['k'] } } });
    adapter.encodeRow('t', [{ k: 'needs no peer' }]);
    await adapter.open({ storeName: 's', homeId: 'h', directory: 'nowhere' }).catch((error) => {
      console.log(JSON.stringify({ code: error.code, message: error.message }));
    });`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout) as { code: string; message: string };
}

test('without better-sqlite3 the opening names what to install', () => {
  const { code, message } = openWith(`
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(name, context, next) {
        if (name === 'better-sqlite3') throw new Error('Cannot find package');
        return next(name, context);
      },
    });`);
  expect(code).toBe('REPROCESS_MISSING_PEER');
  expect(message).toContain('npm install better-sqlite3');
});

test('a Node that better-sqlite3 would take down is refused before it is loaded', () => {
  const { code, message } = openWith(
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, napi: '9' } });",
  );
  expect(code).toBe('REPROCESS_MISSING_PEER');
  expect(message).toContain('22.14');
});
