import { describe, it } from 'vitest';
import { NSSummaryTask } from '../../../src/recon/index.ts';
import { taskSuite, type SeededRandom, type SourceModel } from '../../../src/testing/index.ts';
import { FSO, LEGACY, OBS } from '../../ozone/protobuf/ozone-records.ts';
import { reconStores } from '../recon-stores.ts';
import type { Change } from './followed-namespace.ts';
import { bucket, directory, file, key } from './source-rows.ts';

const IDS = [1, 2, 3, 4, 5];
const NAMES = ['a', 'b', 'c'];
const KEYS = ['a', 'a/', 'a/k', 'a/b/', 'a/b/k', 'c/k'];

function change(random: SeededRandom): Change {
  const id = random.pick(IDS);
  const name = random.pick(NAMES);
  switch (random.below(6)) {
    case 0:
      return bucket(name, id, random.pick([FSO, OBS, LEGACY, LEGACY]));
    case 1:
    case 2:
      return directory(random.pick(IDS), name, id);
    case 3:
      return file(id, name, random.below(3000));
    default:
      return key(`${name}/${random.pick(KEYS)}`, random.below(3000), id);
  }
}

/** Rows of few ids and names come, are overwritten, go, or move to another key. */
const model: SourceModel = {
  tables: ['bucketTable', 'directoryTable', 'fileTable', 'keyTable'],
  initial(random) {
    const tables: Record<string, [Uint8Array | string, Uint8Array | string][]> = {};
    for (let count = random.below(20); count > 0; count--) {
      const [table, rowKey, value = ''] = change(random);
      (tables[table] ??= []).push([rowKey, value]);
    }
    return tables;
  },
  operation(random, rows) {
    const [table, rowKey, value] = change(random);
    const all = rows.of(table);
    const old = all.length === 0 ? undefined : random.pick(all);
    switch (old === undefined ? 0 : random.below(4)) {
      case 1:
        return [{ table, key: old?.key ?? rowKey }];
      case 2:
        return [
          { table, key: old?.key ?? rowKey },
          { table, key: rowKey, value: old?.value },
        ];
      default:
        return [{ table, key: rowKey, value }];
    }
  },
};

for (const filesystemPaths of [true, false]) {
  const tasks = () => [new NSSummaryTask({ filesystemPaths })];
  taskSuite(
    { describe, it },
    {
      name: `NSSummaryTask, file-system paths ${filesystemPaths ? 'on' : 'off'}`,
      stores: { namespace: reconStores().namespace },
      tasks,
      model,
      order: 'across-keys',
      histories: filesystemPaths ? 40 : 10,
      hostedHistories: 1,
    },
  );
}
