import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decodeNSSummary,
  encodeContainerKey,
  encodeNSSummary,
  type NSSummary,
} from '../../src/recon/index.ts';
import { fixtures, Folder, run } from './command-line.ts';

const om0 = join(fixtures, 'ozone/om-live/om0.tar.gz');
const hex = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('hex');

/** The right tables of a small Recon, for a test to spoil. */
describe('recon check of spoiled tables', () => {
  let folder: Folder;
  let tables: string;
  beforeEach(() => {
    folder = new Folder();
    tables = folder.checkpoint('recon/om-live-recon-s0.tar.gz', 'recon', 'recon-s0');
  });
  afterEach(() => folder[Symbol.dispose]());

  const fileOf = (table: string): string => join(tables, `${table}.hex`);
  const linesOf = (table: string): string[] => readFileSync(fileOf(table), 'utf8').trimEnd().split('\n');
  const spoil = (table: string, change: (lines: string[]) => readonly string[]): void => {
    writeFileSync(
      fileOf(table),
      change(linesOf(table))
        .map((line) => `${line}\n`)
        .join(''),
    );
  };
  const spoilSummary = (path: number, change: (row: NSSummary) => Partial<NSSummary>): void => {
    spoil('namespaceSummaryTable', (lines) =>
      lines.map((line, index) => {
        if (index !== path) return line;
        const [key = '', value = ''] = line.split(' ');
        const row = decodeNSSummary(Buffer.from(value, 'hex'));
        return `${key} ${hex(encodeNSSummary({ ...row, ...change(row) }))}`;
      }),
    );
  };
  const check = () => run(['recon', 'check', om0, tables, '--quiet']);

  it('tells each kind of wrong row in words', async () => {
    spoilSummary(0, (row) => ({
      numOfFiles: -3,
      childDir: [...row.childDir.slice(1), 77n],
      fileSizeBucket: row.fileSizeBucket.with(1, 9).with(40, 8),
    }));
    spoil('containerKeyTable', (lines) => [
      ...lines,
      `${hex(encodeContainerKey({ containerId: 999n, keyPrefix: '/v/b/a\u001b[2Jb', keyVersion: 2n }))} 00000001`,
    ]);
    spoil('containerKeyCountTable', (lines) => ['00 00', ...lines.slice(1)]);
    spoil('fileCountBySizeTable', (lines) => lines.slice(1));
    spoil('globalStatsTable', (lines) =>
      lines.map((line) =>
        line.startsWith(`${hex('keyTableCount')} `) ? `${hex('keyTableCount')} ff` : line,
      ),
    );
    const { code, stdout } = await check();
    expect(code).toBe(3);
    const first = linesOf('fileCountBySizeTable');
    expect(first.length).toBeGreaterThan(40);
    expect(stdout.slice(stdout.indexOf('namespaceSummaryTable: '))).toMatchInlineSnapshot(`
      "namespaceSummaryTable: 1 row is wrong
        differs   /vol1/fso (object -9223372036854775296)
                  files                             -3  instead of 57
                  direct files of 1.0 KB to 2.0 KB   9  instead of 1
                  direct files above 512 TB          8  instead of 0
                  sub-directories                   15  instead of 15
                    lacks: -9223372036854667519
                    too many: 77
                  Below zero: only Recon's deltas leave such a row, its rebuild never does.

      containerKeyTable: 1 row is wrong
        too many  /v/b/a\\x1b[2Jb, version 2, in container 999

      containerKeyCountTable: 2 rows are wrong
        too many  key 0x00
                  Expected a key of containerKeyCountTable to be 8 bytes, got 1.
        missing   container 7
                  count 2

      fileCountBySizeTable: 1 row is wrong
        missing   /vol1/fso, files up to 1.0 KB
                  count 14

      globalStatsTable: 1 row is wrong
        differs   keyTableCount
                  Expected a value of globalStatsTable, got 1 bytes that are none.

      Wrong: 6 rows are wrong; 779 were rebuilt
      Rows differ too when the tables and the checkpoint were not taken at the same sequence.
      "
    `);
  });

  it('takes the children of a directory as a set', async () => {
    spoilSummary(0, (row) => {
      expect(row.childDir.length).toBeGreaterThan(2);
      return {};
    });
    // Our encoder sorts, so the order is turned round by hand.
    spoil('namespaceSummaryTable', ([line = '', ...rest]) => {
      const [key = '', value = ''] = line.split(' ');
      const bytes = Buffer.from(value, 'hex');
      const count = bytes.readInt32BE(178);
      const ids = Array.from({ length: count }, (_, index) => bytes.readBigInt64BE(182 + 8 * index));
      ids.toReversed().forEach((id, index) => bytes.writeBigInt64BE(id, 182 + 8 * index));
      expect(hex(bytes)).not.toBe(value);
      return [`${key} ${hex(bytes)}`, ...rest];
    });
    expect(await check()).toMatchObject({ code: 0 });
  });

  it('counts the two sizes as wrong when they are not exactly swapped', async () => {
    const name = hex('deletedTableReplicatedDataSize');
    spoil('globalStatsTable', (lines) =>
      lines.map((line) => (line.startsWith(name) ? `${name} 0801` : line)),
    );
    const { code, stdout } = await check();
    expect(code).toBe(3);
    expect(stdout).not.toContain('Known defect');
    expect(stdout).toContain('globalStatsTable: 2 rows are wrong\n');
  });

  it('tells an empty table', async () => {
    writeFileSync(fileOf('containerKeyCountTable'), '');
    const { code, stdout } = await check();
    expect(code).toBe(3);
    expect(stdout).toMatch(/^containerKeyCountTable +0 +79 +79 +0 +0$/mu);
  });

  it.each([
    [
      'no hexadecimal',
      (line: string) => line.replace(/.$/u, 'x'),
      'expected a key and a value in hexadecimal',
    ],
    ['no value', (line: string) => line.split(' ')[0] ?? '', 'expected a key and a value in hexadecimal'],
    ['half a byte', (line: string) => line.slice(0, -1), 'expected a key and a value in hexadecimal'],
    ['a key twice', (_: string, last: string) => last, 'the key is that of the line before'],
    ['a smaller key', () => '00 00', 'the key is smaller than that of the line before'],
  ])('refuses a line that has %s', async (_what, change, message) => {
    spoil('containerKeyTable', (lines) => lines.with(6, change(lines[6] ?? '', lines[5] ?? '')));
    const { code, stdout, stderr } = await check();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`staged-reprocessor: ${fileOf('containerKeyTable')}, line 7: ${message}`);
  });

  it('refuses a file that ends in the middle of a line', async () => {
    appendFileSync(fileOf('globalStatsTable'), `${hex('zzz')} 0801`);
    const { code, stderr } = await check();
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${fileOf('globalStatsTable')}, line 32: the file ends in the middle of this line`,
    );
  });

  it.each([
    ['a folder without tables', 'Expected `@` to hold at least one of namespaceSummaryTable.hex, '],
    ['no folder', 'Expected RECON_TABLES to be a folder, got `@`'],
  ])('refuses %s', async (what, message) => {
    const given = folder.file('given');
    if (what !== 'no folder') mkdirSync(given);
    const { code, stderr } = await run(['recon', 'check', om0, given]);
    expect(code).toBe(2);
    expect(stderr).toContain(message.replace('@', given));
  });

  it('warns when the layout of LEGACY buckets looks wrong', async () => {
    const { stderr } = await check();
    expect(stderr).toContain('42 LEGACY keys look like directories');
  });

  it('tells the path of a directory in a LEGACY bucket, whose name is its path already', async () => {
    tables = folder.checkpoint('recon/ozone-3k-recon-s0.tar.gz', 'others', 'recon-s0');
    const isNested = ([, value = '']: string[]): boolean =>
      decodeNSSummary(Buffer.from(value, 'hex')).dirName.includes('/');
    const index = linesOf('namespaceSummaryTable').findIndex((line) => isNested(line.split(' ')));
    let name = '';
    spoilSummary(index, ({ dirName }) => {
      name = dirName;
      return { numOfFiles: 99_999 };
    });
    const { stdout } = await run([
      'recon',
      'check',
      join(fixtures, 'ozone/ozone-3k/om0.tar.gz'),
      tables,
      '--filesystem-paths',
    ]);
    expect(name).toMatch(/./u);
    expect(stdout).toContain(`  differs   /vol1/legacy/${name} (object `);
  });
});
