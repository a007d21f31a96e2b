import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { describe, it } from 'vitest';
import { json, levelStore, sumInt64, type TableReader } from '../../src/adapters/level/index.ts';
import { keyValueTable, storeSuite, type StoreSuiteSubject } from '../../src/testing/index.ts';
import { treeDigest } from './tree-digest.ts';

interface Word {
  readonly text: string;
  readonly places: readonly number[];
}

const tables = {
  words: { keyEncoding: 'utf8', valueEncoding: json<Word>() },
  counts: { keyEncoding: 'buffer', valueEncoding: 'view', merge: sumInt64 },
  empty: { keyEncoding: 'view', valueEncoding: 'utf8' },
} as const;
type Reader = TableReader<typeof tables>;

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function subject(place: 'own' | 'adopted elsewhere'): StoreSuiteSubject<Reader> {
  const root = mkdtempSync(join(tmpdir(), 'sr-'));
  const directory = join(root, 'stores', 'search');
  const location = place === 'own' ? join(directory, 'gen-000001') : join(root, 'brought');
  const adapter = levelStore({ tables });
  return {
    adapter,
    context: {
      storeName: 'search',
      homeId: 'home-1',
      directory,
      adopted: undefined,
      onBackgroundError: (error) => {
        throw error;
      },
    },
    tables: [
      keyValueTable<typeof tables, 'words'>(
        'words',
        (index, variant) => [`wörd-${index}`, { text: `${variant}`, places: [index, variant] }],
        (index) => ['w', 'wö', `wörd-${index % 10}`],
      ),
      keyValueTable<typeof tables, 'counts'>('counts', (index, variant) => [
        int64(index - 9),
        int64(variant),
      ]),
      keyValueTable<typeof tables, 'empty'>(
        'empty',
        // Some begin with the highest byte, which no other byte comes after.
        (index, variant) => [Uint8Array.of((index >> 4) ^ 0xff, index & 0x0f), 'x'.repeat(variant)],
        (index) => [Uint8Array.of((index >> 4) ^ 0xff)],
      ),
    ],
    leftovers: async (kept) => {
      const names = kept.map((generation) => `gen-${String(generation).padStart(6, '0')}`);
      return Object.keys(treeDigest(directory)).filter(
        (path) => !names.some((name) => path.startsWith(`${name}/`) || path.startsWith(`${name}.staged/`)),
      );
    },
    fingerprint: async () => JSON.stringify(treeDigest(root)),
    async plant() {
      const db = new Level<Uint8Array, Uint8Array>(location, { keyEncoding: 'view', valueEncoding: 'view' });
      for (const suiteTable of this.tables) {
        const { name } = suiteTable;
        const table = db.sublevel<Uint8Array, Uint8Array>(name, {
          keyEncoding: 'view',
          valueEncoding: 'view',
        });
        for (const index of [0, 1]) {
          const { key, value } = adapter.encodeRow(name, suiteTable.row(index, 0));
          await table.put(key, value);
        }
      }
      await db.close();
      return { generation: 1, location: place === 'own' ? undefined : location };
    },
    cleanup: async () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

for (const place of ['own', 'adopted elsewhere'] as const) {
  storeSuite(
    { describe, it },
    {
      name: `level, ${place}`,
      supports: { durable: true, adopt: true },
      create: async () => subject(place),
    },
  );
}
