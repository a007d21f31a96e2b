import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Level } from 'level';
import { describe, expect, it } from 'vitest';
import { treeDigest } from '../conformance/tree-digest.ts';
import {
  copied,
  failureOf,
  levelRows,
  openHost,
  ordersSource,
  rowsOf,
  temporaryFolder,
  type RowsReprocessor,
} from '../reprocessor/rows-host.ts';

const stores = { main: levelRows() };

async function openedTwice(): Promise<{ home: string; link: string; host: RowsReprocessor }> {
  const folder = temporaryFolder();
  const [home, link] = [join(folder, 'home'), join(folder, 'link')];
  mkdirSync(home);
  symlinkSync(home, link);
  const host = await openHost({ dataDir: home, stores, source: ordersSource() });
  await host.reprocess();
  return { home, link, host };
}

/** What another process is told that opens the directory: a code, or `opened`. */
async function otherProcess(dataDir: string): Promise<string> {
  const index = new URL('../../src/index.ts', import.meta.url).href;
  const level = new URL('../../src/adapters/level/index.ts', import.meta.url).href;
  const script = `
    import { StagedReprocessor } from '${index}';
    import { levelStore } from '${level}';
    const rows = { keyEncoding: 'utf8', valueEncoding: 'utf8' };
    const stores = { main: levelStore({ tables: { rows, extra: rows } }) };
    try {
      const host = await StagedReprocessor.open({ dataDir: process.argv[1], stores, tasks: [] });
      await host.close();
      console.log('opened');
    } catch (error) {
      console.log(error.code ?? error);
    }`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script, dataDir],
    { timeout: 30_000 },
  );
  return stdout.trim();
}

describe('a directory that this process has open', () => {
  it('is refused to it a second time, by any name, and stays locked for other processes', async () => {
    const { home, link, host } = await openedTwice();
    for (const dataDir of [home, link]) {
      for (const waitForLockMs of [0, 120]) {
        const error = await failureOf(openHost({ dataDir, stores, waitForLockMs }));
        expect(error).toMatchObject({ code: 'REPROCESS_LOCKED', details: { holder: { pid: process.pid } } });
      }
    }
    expect(await otherProcess(home)).toBe('REPROCESS_LOCKED');
    const owner: unknown = JSON.parse(readFileSync(join(home, 'owner.json'), 'utf8'));
    expect(owner).toMatchObject({ format: 1, pid: process.pid });
    expect((await host.reprocess()).generation).toBe(2);
    expect(await rowsOf(host)).toEqual(copied());
    await host.close();
    expect(await otherProcess(link)).toBe('opened');
    const again = await openHost({ dataDir: link, stores });
    expect(await rowsOf(again)).toEqual(copied());
  });

  it('opens for who waits, as soon as it is closed', async () => {
    const { link, host } = await openedTwice();
    const waiting = openHost({ dataDir: link, stores, waitForLockMs: 60_000 });
    await host.close();
    expect(await rowsOf(await waiting)).toEqual(copied());
  });

  it('opens again after an open that failed', async () => {
    const dataDir = temporaryFolder();
    const failPoint = (): void => {
      throw new Error('failed on purpose');
    };
    await expect(openHost({ dataDir, stores, failPoint })).rejects.toThrow();
    const host = await openHost({ dataDir, stores, source: ordersSource() });
    expect((await host.reprocess()).outcome).toBe('switched');
  });
});

describe("a directory of the host's own", () => {
  it.each([
    ['scratch/precious.txt', 'mine'],
    ['status.json', '{"mine":1}'],
    ['owner.json', '{"mine":1}'],
    ['owner.json', 'no JSON'],
  ])('with %s (%s) is refused and not touched', async (name, content) => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'scratch'), { recursive: true });
    writeFileSync(join(dataDir, name), content);
    const before = treeDigest(dataDir);
    const error = await failureOf(openHost({ dataDir, stores, source: ordersSource() }));
    expect(error).toMatchObject({ code: 'REPROCESS_FOREIGN_DATA', details: { directory: dataDir } });
    expect(treeDigest(dataDir)).toEqual(before);
  });

  it('with a LevelDB named `control` is refused, and what lies beside it stays', async () => {
    const dataDir = temporaryFolder();
    const control = join(dataDir, 'control');
    const db = new Level(control);
    await db.put('mine', 'x');
    await db.close();
    mkdirSync(join(dataDir, 'scratch'));
    writeFileSync(join(dataDir, 'scratch', 'precious.txt'), 'mine');
    // Twice: what is refused does not stay taken by this process.
    for (let time = 0; time < 2; time++) {
      const error = await failureOf(openHost({ dataDir, stores, source: ordersSource() }));
      expect(error).toMatchObject({ code: 'REPROCESS_FOREIGN_DATA', details: { directory: control } });
    }
    expect(readFileSync(join(dataDir, 'scratch', 'precious.txt'), 'utf8')).toBe('mine');
    const again = new Level(control);
    expect(await again.keys().all()).toEqual(['mine']);
    await again.close();
  });
});

describe('the scratch folder of a dead process', () => {
  it('is removed by the next open', async () => {
    const { home, host } = await openedTwice();
    await host.close();
    const scratch = join(home, 'scratch');
    mkdirSync(join(scratch, 'main'), { recursive: true });
    writeFileSync(join(scratch, 'main', 'rows-0.run'), 'half a run');
    const again = await openHost({ dataDir: home, stores });
    expect(existsSync(scratch)).toBe(false);
    expect(await rowsOf(again)).toEqual(copied());
  });

  it('stays as long as the directory cannot be trusted', async () => {
    const { home, host } = await openedTwice();
    await host.close();
    const other = await openedTwice();
    await other.host.close();
    // The record of another home: its stores are not these.
    rmSync(join(home, 'control'), { recursive: true });
    rmSync(join(home, 'status.json'));
    renameSync(join(other.home, 'control'), join(home, 'control'));
    mkdirSync(join(home, 'scratch'));
    writeFileSync(join(home, 'scratch', 'precious.txt'), 'mine');
    const error = await failureOf(openHost({ dataDir: home, stores }));
    expect(error.code).toMatch(/^REPROCESS_(FOREIGN_DATA|CONTROL_CORRUPT)$/);
    expect(existsSync(join(home, 'scratch', 'precious.txt'))).toBe(true);
  });
});
