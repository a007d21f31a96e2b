import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContainerKeyMapperTaskOBS } from '../../../src/recon/index.ts';
import { keyInfo } from '../../ozone/protobuf/ozone-records.ts';
import { containerCounts, containerKeys, OmRows, quarantined } from '../om-rows.ts';

const inContainer = (
  ...containers: (number | bigint)[]
): { groups: { version: number; containers: (number | bigint)[] }[] } => ({
  groups: [{ version: 0, containers }],
});

describe('the container key mappers', () => {
  it('write a row for every key, version and container, once', async () => {
    const run = await new OmRows()
      .file(1, 'f', {
        groups: [
          { version: 0, containers: [7, 5, 7] },
          { version: 1, containers: [7] },
        ],
      })
      .key('v', 'b', 'k', { groups: [{ containers: [7] }] })
      .key('v', 'b', 'empty', { groups: [{ version: 0, containers: [] }] })
      .run();
    expect(containerKeys(run)).toEqual([
      '/1/2/1/f@0 in 5',
      '/1/2/1/f@0 in 7',
      '/1/2/1/f@1 in 7',
      '/v/b/k@0 in 7',
    ]);
    expect(containerCounts(run)).toEqual({ 5: 1n, 7: 3n });
  });

  it('bring rows into the order of their bytes, in which `_` follows digits, capitals, `-` and `/`', async () => {
    const rows = new OmRows();
    const names = [
      'key1',
      'key1-2',
      'key1/x',
      'key10',
      'key1Z',
      'key1_2',
      'key1a',
      'key1-',
      'key1-20',
      'key',
    ];
    for (const name of names) rows.add('keyTable', name, keyInfo(inContainer(1)));
    const run = await rows.run({ tasks: [new ContainerKeyMapperTaskOBS()] });
    expect(containerKeys(run).map((text) => text.replace('@0 in 1', ''))).toEqual([
      'key1-20',
      'key1-2',
      'key1-',
      'key1/x',
      'key10',
      'key1Z',
      'key1',
      'key1_2',
      'key1a',
      'key',
    ]);
  });

  it('write ascending rows whatever the keys are', async () => {
    // The context refuses a row that is not greater than the one before; zeros make the rows of two keys alternate.
    const piece = fc.constantFrom('a', '0', '_', '__', '\0', '_\0\0\0\0\0\0\0', '`', '\xff');
    const key = fc
      .array(piece, { minLength: 1, maxLength: 5 })
      .map((pieces) => Uint8Array.from(Buffer.from(pieces.join(''), 'latin1')));
    const container = fc.constantFrom(0n, 1n, 0x5fn, 0x5f00000000000000n, 0x30n << 56n);
    const version = fc.constantFrom(0n, 1n, 0x5f00000000000000n, -1n);
    const row = fc.tuple(key, fc.array(fc.tuple(version, container), { maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(row, { selector: ([bytes]) => bytes.join(), maxLength: 30 }),
        async (keys) => {
          const rows = new OmRows();
          const wanted = new Set<string>();
          for (const [bytes, blocks] of keys) {
            const groups = blocks.map(([group, id]) => ({ version: group, containers: [id] }));
            rows.add('keyTable', bytes, keyInfo({ groups }));
            for (const [group, id] of blocks) {
              const tail = Buffer.alloc(18, '_');
              tail.writeBigInt64BE(group, 1);
              tail.writeBigInt64BE(id, 10);
              wanted.add(Buffer.concat([bytes, tail]).toString('hex'));
            }
          }
          const run = await rows.run({ tasks: [new ContainerKeyMapperTaskOBS()] });
          expect([...(run.tables.get('keyContainerTable')?.keys() ?? [])]).toEqual([...wanted].sort());
          expect(run.tables.get('containerKeyTable')?.size).toBe(wanted.size);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('sort the blocks of keys that have thousands', async () => {
    const containers = Array.from({ length: 5000 }, (_, index) => (index * 7919) % 2003);
    const run = await new OmRows().key('v', 'b', 'k', inContainer(...containers)).run();
    expect(containerKeys(run)).toHaveLength(2003);
    expect(Object.values(containerCounts(run)).every((count) => count === 1n)).toBe(true);
  });

  it('set bad records aside', async () => {
    const run = await new OmRows()
      .file(1, 'negative', inContainer(-1))
      .file(1, 'chained', { type: 3, ...inContainer(1) })
      .run();
    expect(quarantined(run).filter((text) => text.startsWith('Container'))).toEqual([
      'ContainerKeyMapperTaskFSO fileTable /1/2/1/chained: The replication type CHAINED is not supported',
      'ContainerKeyMapperTaskFSO fileTable /1/2/1/negative: A block lies in a container with a negative id',
    ]);
    expect(containerKeys(run)).toEqual([]);
    expect(containerCounts(run)).toEqual({});
  });
});
