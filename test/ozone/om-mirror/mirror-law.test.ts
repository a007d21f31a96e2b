import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OmMirror, openOmCheckpoint, type MirrorCopy } from '../../../src/ozone/index.ts';
import type { SourceSnapshot } from '../../../src/source/source.ts';
import { seededRandom, type SeededRandom } from '../../../src/testing/index.ts';
import { rocksFixture } from '../checkpoint-fixtures.ts';
import { writeBatch, type BatchRecord } from '../write-batch/batch-writing.ts';
import { expectRows, MirrorModel, modelEvents } from './mirror-model.ts';
import { randomRecords } from './random-batches.ts';

/** To repeat a failure: the seed in its message, and `RUNS=1`. */
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env['RUNS'] ?? 20);
const DATABASES = ['wal', 'levels', 'versions', 'range-deletions', 'empty', 'large-values'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Batch {
  readonly first: bigint;
  readonly records: readonly BatchRecord[];
  readonly bytes: Uint8Array;
}

/** Batches without a gap; the first may begin, or even end, at or before `base`. */
function randomBatches(random: SeededRandom, model: MirrorModel, base: bigint): readonly Batch[] {
  let next = base + 1n - BigInt(random.below(Number(base < 30n ? base + 1n : 30n)));
  return Array.from({ length: 1 + random.below(30) }, () => {
    const records = randomRecords(random, model);
    const batch = { first: next, records, bytes: writeBatch(next, records) };
    next += BigInt(Buffer.from(batch.bytes).readUInt32LE(8));
    return batch;
  });
}

function liveOf(mirror: OmMirror): MirrorCopy {
  if (mirror.live === undefined) throw new Error('There is no live copy');
  return mirror.live;
}

async function walk(random: SeededRandom, home: string): Promise<void> {
  const story = `seed ${random.seed}`;
  const database = rocksFixture(random.pick(DATABASES));
  await using origin = await openOmCheckpoint(database);
  let model = await MirrorModel.of(origin);
  let mirror = await OmMirror.open(home);
  await mirror.promote((await mirror.stage(database)).id);
  const batches = randomBatches(random, model, origin.sequence);
  const frozen: { readonly snapshot: SourceSnapshot; readonly model: MirrorModel }[] = [];
  for (let at = 0; at < batches.length;) {
    const end = at + 1 + random.below(6);
    // Some are given again, and all of them before what is new.
    const from = Math.max(0, at - random.below(4));
    const copy = liveOf(mirror);
    const after = copy.sequence;
    const update = await copy.prepare(batches.slice(from, end).map(({ bytes }) => bytes));
    const next = model.copy();
    const wanted = batches.slice(at, end).flatMap(({ first, records }) => next.apply(first, records, after));
    expect(modelEvents(update.delta.events), story).toEqual(wanted);
    expect(update.delta).toMatchObject({ after, cursor: { mirror: copy.id }, history: copy.history });
    expect(copy.sequence, story).toBe(after);
    if (random.below(4) > 0) {
      await update.commit();
      expect(copy.sequence, story).toBe(update.delta.through);
      model = next;
      at = end;
    }
    if (random.below(3) === 0) frozen.push({ snapshot: await copy.openSnapshot(), model: model.copy() });
    if (random.below(5) === 0) {
      for (const { snapshot } of frozen.splice(0)) await snapshot.close();
      await mirror.close();
      mirror = await OmMirror.open(home);
    }
  }
  frozen.push({ snapshot: await mirror.source().openSnapshot(manual()), model });
  for (const { snapshot, model: then } of frozen) {
    await expectRows(snapshot, then, story);
    await snapshot.close();
  }
  await mirror.close();
}

const manual = () => ({ reason: 'MANUAL', signal: new AbortController().signal }) as const;

it('a mirror holds what a plain model holds, and its events say what each operation changed', async () => {
  for (let run = 0; run < RUNS; run++) await walk(seededRandom(SEED + run), join(folder, `om-${run}`));
}, 300_000);
