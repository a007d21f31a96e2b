import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbstractLevel } from 'abstract-level';
import type { AbstractSnapshot } from 'abstract-level';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levelSource } from '../../src/source/level-source.ts';
import type { LevelSourceOptions } from '../../src/source/level-source.ts';
import type { SourceSnapshot } from '../../src/source/source.ts';
import { sourceSuite } from '../../src/testing/index.ts';
import { sampleTables } from './sample-tables.ts';
import type { SampleRow } from './sample-tables.ts';

const bytes = { keyEncoding: 'view', valueEncoding: 'view' } as const;
const manual = () => ({ reason: 'MANUAL', signal: new AbortController().signal }) as const;

sourceSuite(
  { describe, it },
  {
    name: 'level',
    async create() {
      const directory = mkdtempSync(join(tmpdir(), 'sr-'));
      const db = new Level<string, string>(directory);
      const samples = sampleTables();
      const binary = db.sublevel<Uint8Array, Uint8Array>('binary', bytes);
      const large = db
        .sublevel<Uint8Array, Uint8Array>('large', bytes)
        .sublevel<Uint8Array, Uint8Array>('deep', bytes);
      const empty = db.sublevel('empty');
      const many = Buffer.from('many:');
      const puts = (rows: readonly SampleRow[] = []) => rows.map((row) => ({ type: 'put' as const, ...row }));
      await binary.batch(puts(samples.get('binary')), bytes);
      await large.batch(puts(samples.get('large')), bytes);
      const prefixed = (samples.get('many') ?? []).map(({ key, value }) => ({
        key: Buffer.concat([many, key]),
        value,
      }));
      await db.batch(puts(prefixed), bytes);
      await db.put('many;', 'the first key after the prefix');
      await db.put('many', 'the prefix without its end');
      await db.put('sequence', '7');
      const source = levelSource(db, {
        tables: { many: { prefix: 'many:' }, binary, large, empty },
        sequence: async (snapshot) => BigInt(await db.get('sequence', { snapshot })),
      });
      return {
        source,
        sequence: 7n,
        tables: samples,
        async change() {
          await binary.clear();
          await db.put('many:a', 'new');
          await db.del('many:key-000000');
          await large.put(Buffer.of(0), Buffer.of(1));
          await empty.put('new', 'row');
          await db.put('sequence', '8');
        },
        async cleanup() {
          expect(db.status).toBe('open');
          await db.close();
          rmSync(directory, { recursive: true });
        },
      };
    },
  },
);

describe('levelSource', () => {
  let directory: string;
  let db: Level;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sr-'));
    db = new Level(directory);
  });
  afterEach(async () => {
    await db.close();
    rmSync(directory, { recursive: true });
  });

  it('waits for a database that is being opened, and closes only its snapshot', async () => {
    expect(db.status).toBe('opening');
    let own: AbstractSnapshot | undefined;
    const snapshot = await levelSource(db, {
      tables: { all: db },
      sequence: (opened) => {
        own = opened;
        return 3n;
      },
      history: 'h',
    }).openSnapshot(manual());
    expect([snapshot.sequence, snapshot.history]).toEqual([3n, 'h']);
    await snapshot.close();
    expect(() => own?.ref()).toThrow('not open');
    expect(db.status).toBe('open');
  });

  it('takes the prefix itself away, also one that ends in the highest byte', async () => {
    const put = (key: number[], value: string) =>
      db.put<Uint8Array>(Buffer.from(key), value, { keyEncoding: 'view' });
    await put([1, 0xff], 'x');
    await put([1, 0xff, 0xff], 'y');
    await put([2], 'other');
    await put([0xff, 5], 'z');
    const snapshot = await levelSource(db, {
      tables: { one: { prefix: Uint8Array.of(1, 0xff) }, two: { prefix: Buffer.of(0xff) } },
      sequence: () => 0n,
    }).openSnapshot(manual());
    // Twice: the range must not be worked out of bytes that it changes.
    for (let times = 0; times < 2; times += 1) {
      expect(await keys(snapshot, 'one')).toEqual(['', 'ff']);
      expect(await keys(snapshot, 'two')).toEqual(['05']);
    }
    await snapshot.close();
  });

  it('refuses a database without explicit snapshots', () => {
    const plain = new (class extends AbstractLevel<string> {})({ encodings: { utf8: true } });
    expect(() => levelSource(plain, { tables: {}, sequence: () => 0n })).toThrow(
      expect.objectContaining({ code: 'REPROCESS_SOURCE_UNSUPPORTED' }),
    );
  });

  it('does not open a database that is closed', async () => {
    await db.close();
    const source = levelSource(db, { tables: {}, sequence: () => 0n });
    await expect(async () => source.openSnapshot(manual())).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_FAILED',
    });
    expect(db.status).toBe('closed');
  });

  it('closes its snapshot when the sequence cannot be told', async () => {
    await db.open();
    const told: { close(): Promise<void>; ref(): void }[] = [];
    const failing = (sequence: () => bigint) =>
      levelSource(db, {
        tables: {},
        sequence: (snapshot) => {
          told.push(snapshot);
          return sequence();
        },
      }).openSnapshot(manual());
    const broken = new Error('no sequence');
    await expect(async () =>
      failing(() => {
        throw broken;
      }),
    ).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_FAILED', cause: broken });
    await expect(async () => failing(() => 1 as unknown as bigint)).rejects.toThrow(
      new TypeError('Expected `sequence()` to be a bigint, got `1` (number)'),
    );
    expect(told).toHaveLength(2);
    for (const snapshot of told) expect(() => snapshot.ref()).toThrow('not open');
  });

  it('does not open a snapshot for an aborted run', async () => {
    const source = levelSource(db, { tables: {}, sequence: () => 0n });
    const signal = AbortSignal.abort();
    await expect(async () => source.openSnapshot({ reason: 'MANUAL', signal })).rejects.toMatchObject({
      code: 'REPROCESS_ABORTED',
    });
  });

  it('tells a read that fails by a code', async () => {
    await db.put('a', 'b');
    const snapshot = await levelSource(db, { tables: { all: db }, sequence: () => 0n }).openSnapshot(
      manual(),
    );
    await db.close();
    await expect(snapshot.get('all', Buffer.from('a'))).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_FAILED',
    });
    await expect(keys(snapshot, 'all')).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_FAILED' });
    await snapshot.close();
  });

  it('refuses wrong options with a TypeError', async () => {
    const sequence = () => 0n;
    const given = (options: unknown) => () => levelSource(db, options as LevelSourceOptions);
    const other = new Level(join(directory, 'other'));
    expect(given({ tables: { t: other }, sequence })).toThrow(TypeError);
    expect(given({ tables: { t: other.sublevel('t') }, sequence })).toThrow(TypeError);
    expect(given({ tables: { t: { prefix: 1 } }, sequence })).toThrow(TypeError);
    expect(given({ tables: { t: null }, sequence })).toThrow(TypeError);
    expect(given({ tables: {} })).toThrow(TypeError);
    expect(given({ sequence })).toThrow(TypeError);
    expect(given({ tables: {}, sequence, history: 5 })).toThrow(TypeError);
    expect(given({ tables: {}, sequence, other: 5 })).toThrow(TypeError);
    await other.close();
  });
});

async function keys(snapshot: SourceSnapshot, table: string): Promise<string[]> {
  const found: string[] = [];
  await snapshot.scan(table, {
    rows(batch) {
      for (let index = 0; index < batch.length; index += 1)
        found.push(Buffer.from(batch.key(index)).toString('hex'));
    },
  });
  return found;
}
