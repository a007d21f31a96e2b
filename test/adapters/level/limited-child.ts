// A process whose files may not grow beyond a small size. It applies a batch that does not fit into LevelDB's log, then
// smaller ones, while a view, an iteration and frozen rows of the same generation are open, and tells what they saw.
import { errorCode } from '../../../src/errors.ts';
import { batchOf, ready, wordsOf } from '../memory/applying-subject.ts';
import { openLevelStore } from './level-home.ts';

const store = await openLevelStore(process.argv[2] ?? '');
await ready(store, 1, { blue: 1, green: 2 });
const open = await store.openGeneration(1);
const frozen = open.freeze();
const view = open.view(() => undefined, { frozen: false });
const iterator = view.reader.table('words').keys();
await iterator.next();
const rows = [{ key: Buffer.from('much'), value: Buffer.alloc(1 << 20, 0x31) }];
const refused = await store.apply(1, { applied: 'too much', writes: [{ table: 'words', rows }] }).then(
  () => undefined,
  (error: unknown) => errorCode(error),
);
await store.apply(1, batchOf('one', { red: 4 }));
await store.apply(1, batchOf('two', { green: undefined, red: 5 }));
const told = {
  refused,
  live: await wordsOf(open),
  frozen: await wordsOf(frozen),
  underWay: await iterator.all(),
  applied: await open.applied(),
};
view.release();
await frozen.close();
await open.close();
await store.close();
process.stdout.write(JSON.stringify(told));
