import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  bucketInfo,
  directoryInfo,
  EC,
  FSO,
  keyInfo,
  LEGACY,
  OBS,
} from '../../ozone/protobuf/ozone-records.ts';
import { FollowedNamespace, type Change } from './followed-namespace.ts';

/** Histories; `HISTORIES` and `SEED` of the environment take others. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 1500);
const SEED = process.env['SEED'];

// Few ids, names and keys, so that duplicates, cycles, orphans and rows that come back are common.
const id = fc.oneof(fc.bigInt({ min: 0n, max: 6n }), fc.constantFrom(-1n, -9223372036854775552n));
const name = fc.constantFrom('a', 'b', 'c/', 'd//', '');
const size = fc.oneof(
  fc.bigInt({ min: 0n, max: 3000n }),
  fc.constantFrom(-1n, (1n << 40n) - 1n, 1n << 40n, (1n << 52n) + 1n, (1n << 63n) - 1n),
);
const ec = fc.constantFrom({ data: 1, parity: 4096, chunk: 1 << 20 }, { data: 3, parity: 2, chunk: 1024 });
const keyOptions = fc.oneof(
  fc.record({ size, objectId: id, parentId: id }),
  fc.record({ size, objectId: id, parentId: id, type: fc.constant(EC), ec }),
);
const buckets = fc.constantFrom('/v/a', '/v/b', '/v/b0', '/w/b');
const paths = fc.constantFrom(
  ...[
    '',
    'a',
    'a/',
    'a/b',
    'a/b/',
    'a/b/c/',
    'a/b/c/k',
    'a//',
    'a//k',
    'a/k',
    'b/',
    'b/a/',
    'b/a/k',
    '/',
    '/k',
    'c/d/',
  ],
);
const oddKeys = fc.constantFrom('', '/', 'v/a/k', '/v', '/v/a', '//a', '\xff');

/** A value, cut short, or garbage, or, a third of the time, none. */
function values(good: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array | undefined> {
  const cut = fc
    .tuple(good, fc.nat(60))
    .map(([value, less]) => value.subarray(0, Math.max(0, value.length - less)));
  return fc.oneof(
    { arbitrary: good, weight: 12 },
    { arbitrary: fc.constant(undefined), weight: 7 },
    { arbitrary: cut, weight: 1 },
    { arbitrary: fc.uint8Array({ maxLength: 20 }), weight: 1 },
  );
}

const bucketChange = fc.tuple(
  fc.constant('bucketTable'),
  fc.oneof({ arbitrary: buckets, weight: 9 }, { arbitrary: oddKeys, weight: 1 }),
  values(
    fc
      .tuple(id, fc.constantFrom(undefined, LEGACY, LEGACY, OBS, FSO))
      .map(([objectId, layout]) => bucketInfo('v', 'b', objectId, layout)),
  ),
);
const directoryChange = fc.tuple(
  fc.constant('directoryTable'),
  fc.constantFrom('d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'),
  values(fc.tuple(name, id, id).map(([text, objectId, parentId]) => directoryInfo(text, objectId, parentId))),
);
const fileChange = fc.tuple(
  fc.constant('fileTable'),
  fc.constantFrom('f0', 'f1', 'f2', 'f3', 'f4'),
  values(keyOptions.map(keyInfo)),
);
const keyChange = fc.tuple(
  fc.constant('keyTable'),
  fc.oneof(
    { arbitrary: fc.tuple(buckets, paths).map(([bucket, path]) => `${bucket}/${path}`), weight: 15 },
    { arbitrary: oddKeys, weight: 1 },
  ),
  values(keyOptions.map(keyInfo)),
);

const mixed = fc.oneof(
  { arbitrary: bucketChange, weight: 2 },
  { arbitrary: directoryChange, weight: 4 },
  { arbitrary: fileChange, weight: 2 },
  { arbitrary: keyChange, weight: 6 },
);
/** Histories of all tables, of directories alone, and of keys and their buckets alone. */
const histories = fc
  .constantFrom(
    mixed,
    mixed,
    fc.oneof(directoryChange, fileChange),
    fc.oneof(bucketChange, keyChange, keyChange),
  )
  .chain((change: fc.Arbitrary<Change>) =>
    fc.record({
      filesystemPaths: fc.oneof(
        { arbitrary: fc.constant(true), weight: 4 },
        { arbitrary: fc.constant(false), weight: 1 },
      ),
      first: fc.array(change, { maxLength: 30 }),
      deltas: fc.array(
        fc.record({ changes: fc.array(change, { minLength: 1, maxLength: 8 }), order: fc.nat() }),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
    }),
  );

describe('NSSummaryTask', () => {
  it('obeys the delta law whatever the rows, the changes, their order and the cuts are', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ filesystemPaths, first, deltas }) => {
        const namespace = await FollowedNamespace.from(first, { filesystemPaths });
        for (const { changes, order } of deltas) await namespace.apply(namespace.change(...changes), order);
      }),
      { numRuns: HISTORIES, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    );
  }, 3_600_000);
});
