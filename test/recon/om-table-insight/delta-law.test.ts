import { describe, it } from 'vitest';
import { OmTableInsightTask } from '../../../src/recon/index.ts';
import { taskSuite, type SeededRandom } from '../../../src/testing/index.ts';
import { EC, keyInfo, repeatedKeyInfo } from '../../ozone/protobuf/ozone-records.ts';
import { keyedModel } from '../keyed-model.ts';
import { followRawHistories } from '../raw-histories.ts';
import { reconStores } from '../recon-stores.ts';
import { legacy, part, partKey, split } from './multipart-rows.ts';

const tasks = () => [new OmTableInsightTask()];
const SIZES = [0, 1, 1_000_000, 3_145_733, (1n << 62n) + 1n];
const ec = { data: 3, parity: 2, chunk: 1 << 20 };
const key = (random: SeededRandom): Uint8Array =>
  random.below(3) === 0
    ? keyInfo({ size: random.pick(SIZES), type: EC, ec })
    : keyInfo({ size: random.pick(SIZES), factor: random.pick([1, 3]) });
/** Several rows of one upload id, and one of an id without a character. */
const UPLOADS = ['/v/b/k/u', '/v/b/a/u', '/v/c/k/u', '/v/b/k/w', '/v/b/k/'];
const PARTS = [partKey('u', 1), partKey('u', 2), partKey('u', 47), 'u/', partKey('w', 1), partKey('', 47)];
const uploads = [...Object.values(split), legacy(), legacy(5, 7)];

describe('OmTableInsightTask after deltas', () => {
  it('obeys the delta law in histories with any values', async () => {
    const keys = SIZES.flatMap((size) => [keyInfo({ size }), keyInfo({ size, type: EC, ec })]);
    const parts = [...SIZES, -1].map(part);
    const lists = [repeatedKeyInfo(), ...keys.map((one, at) => repeatedKeyInfo(...keys.slice(at % 3), one))];
    await followRawHistories(
      tasks,
      {
        openKeyTable: { keys: ['a', 'b'], values: keys },
        deletedTable: { keys: ['a', 'b'], values: lists },
        multipartInfoTable: { keys: UPLOADS, values: uploads },
        multipartPartsTable: { keys: [...PARTS, 'malformed', ''], values: parts },
      },
      300,
    );
  });
});

taskSuite(
  { describe, it },
  {
    name: 'OmTableInsightTask',
    stores: { stats: reconStores().stats },
    tasks,
    model: keyedModel({
      default: { keys: ['a'], value: () => 'a' },
      volumeTable: { keys: ['/v', '/w', Uint8Array.of(0xff)], value: (random) => random.pick(['a', 'b']) },
      openKeyTable: { keys: ['a', 'b'], value: key },
      openFileTable: { keys: ['a', 'b'], value: key },
      deletedTable: {
        keys: ['a', 'b', 'c'],
        value: (random) => repeatedKeyInfo(...Array.from({ length: random.below(4) }, () => key(random))),
      },
      multipartInfoTable: { keys: UPLOADS, value: (random) => random.pick(uploads) },
      multipartPartsTable: { keys: PARTS, value: (random) => part(random.pick(SIZES)) },
    }),
    order: 'across-keys',
    histories: 120,
    hostedHistories: 3,
    operationsPerHistory: 10,
  },
);
