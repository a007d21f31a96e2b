import fc from 'fast-check';
import type { Plan, Step } from './om-history.ts';
import { OPERATIONS } from './operations.ts';
import { RAW_TABLES } from './raw-changes.ts';

/** The others take away what these make: they come more often. */
const MAKERS = [
  ...['writeFile', 'makeDirectory', 'renameDirectory', 'renameFile'],
  ...['writeLegacyFile', 'writeKey', 'makeLegacyDirectory', 'renameLegacyDirectory'],
  ...['overwriteFile', 'overwriteKey', 'openKey', 'initiateUpload', 'putPart'],
];

/** The names of what happens to an orderly Ozone Manager, the frequent ones several times. */
export const ORDERLY = [
  ...Object.keys(OPERATIONS),
  ...['deleteDirectory', 'purgeDirectory', 'purgeDirectory'],
  ...[...MAKERS, ...MAKERS, ...MAKERS, ...MAKERS],
];

const operations = steps(ORDERLY);
const rawChanges = steps([
  ...RAW_TABLES,
  'bucketTable',
  'directoryTable',
  'keyTable',
  'keyTable',
  'fileTable',
]);

/** What an orderly Ozone Manager goes through, with file-system paths on or off. */
export function orderlyPlans(filesystemPaths: boolean): fc.Arbitrary<Plan> {
  return plans(operations, fc.constant(filesystemPaths), fc.constant(0));
}

/** Rows that nobody should write: ids claimed twice, directories in themselves, keys of no form, values that are garbage. */
export const hostilePlans = plans(
  fc.oneof(rawChanges, rawChanges, rawChanges, operations),
  fc.boolean(),
  fc.constantFrom(0, 4, 12),
);

function steps(kinds: readonly string[]): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constantFrom(...kinds), seed: fc.nat() });
}

function plans(
  step: fc.Arbitrary<Step>,
  filesystemPaths: fc.Arbitrary<boolean>,
  spoilt: fc.Arbitrary<number>,
): fc.Arbitrary<Plan> {
  const flush = fc.array(step, { minLength: 1, maxLength: 9, size: 'max' });
  const plan = fc.record({
    filesystemPaths,
    before: fc.array(step, { maxLength: 30, size: 'max' }),
    flushes: fc.array(flush, { minLength: 1, maxLength: 4, size: 'max' }),
    spoilt,
    seed: fc.nat(),
  });
  // Small seeds are no simpler than others, and small namespaces the least likely to go wrong.
  return fc.noBias(plan);
}
