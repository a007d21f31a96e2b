import { afterAll, describe, expect, it } from 'vitest';
import { sourceSuite } from '../../../src/testing/index.ts';
import type { BatchRecord } from '../write-batch/batch-writing.ts';
import { MirrorModel } from './mirror-model.ts';
import { MirrorBench } from './mirror-bench.ts';

const KNOWN = '/vol/bucket0/dir00/file0000';
let suites = 0;
afterAll(() => {
  expect(suites).toBeGreaterThan(5);
});

/** So many that they make several batches, before, between and after those of the checkpoint. */
function manyRecords(): readonly BatchRecord[] {
  return Array.from({ length: 3000 }, (_, i) => {
    const place = ['/a', '/vol/bucket0/dir00/file0001', '/z'][i % 3] ?? '';
    return { put: `${place}-${String(i).padStart(5, '0')}`, value: 'v'.repeat(i % 300), family: 3 };
  });
}

sourceSuite(
  { describe, it },
  {
    name: 'mirror',
    async create() {
      suites++;
      const bench = await MirrorBench.live();
      const { copy } = bench;
      const empty = await copy.openSnapshot();
      const model = await MirrorModel.of(empty);
      await empty.close();
      const records = [...manyRecords(), { delete: KNOWN, family: 3 }];
      model.apply(copy.sequence + 1n, records);
      await bench.apply(...records);
      const order = (left: string, right: string): number => (left < right ? -1 : 1);
      const tables = [...model.tables].map(([table, rows]) => {
        const sorted = [...rows].sort(([left], [right]) => order(left, right));
        const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1');
        return [table, sorted.map(([key, value]) => ({ key: latin(key), value: latin(value) }))] as const;
      });
      let changes = 0;
      return {
        source: bench.mirror.source(),
        sequence: copy.sequence,
        history: copy.history,
        tables: new Map(tables),
        async change() {
          const value = String(changes++);
          await bench.apply(
            ...[1, 2, 3].flatMap((family) => [
              { put: '/a new row', value, family },
              { deleteFrom: '/vol', to: '/vol/bucket0/dir01', family },
            ]),
          );
        },
        cleanup: () => bench[Symbol.asyncDispose](),
      };
    },
  },
);
