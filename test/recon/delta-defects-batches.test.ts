import { expect, it, describe } from 'vitest';
import { OmMirror, type MirrorCopy } from '../../src/ozone/index.ts';
import { GOLDEN_SETS, goldenBatches, unpackCheckpoint } from '../ozone/om-mirror/golden-sets.ts';
import { MirrorBench } from '../ozone/om-mirror/mirror-bench.ts';
import { writeBatch, type BatchRecord } from '../ozone/write-batch/batch-writing.ts';
import { failureOf, temporaryFolder } from '../reprocessor/rows-host.ts';

/** Family numbers in the golden databases. */
const [KEY_TABLE, DELETED_TABLE] = [22, 3];

async function mirrored(use: (copy: MirrorCopy) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  await using mirror = await OmMirror.open(`${folder}/om`);
  await use(await mirror.stage(unpackCheckpoint('ozone-3k', 'om0', folder)));
}

const next = (copy: MirrorCopy, ...records: BatchRecord[]): Uint8Array =>
  writeBatch(copy.sequence + 1n, records);

/** `table key` and what happened. */
async function told(copy: MirrorCopy, ...batches: readonly Uint8Array[]): Promise<string[]> {
  const { delta } = await copy.prepare(batches);
  return delta.events.map(({ table, key, before, after }) => {
    const [old = 'none', now = 'none'] = [before, after].map(
      (bytes) => bytes && Buffer.from(bytes).toString(),
    );
    return `${table} ${Buffer.from(key).toString()}: ${old} → ${now}`;
  });
}

describe("Recon's defects of deltas: the batches of an Ozone Manager", () => {
  it('defect 13: a row that is deleted twice in one fetch gives one event', async () => {
    await mirrored(async (copy) => {
      const gone: BatchRecord = { delete: '/v/k', family: KEY_TABLE };
      const first = next(copy, { put: '/v/k', value: 'x', family: KEY_TABLE }, gone, gone);
      expect(await told(copy, first, writeBatch(copy.sequence + 4n, [gone]))).toEqual([
        'keyTable /v/k: none → x',
        'keyTable /v/k: x → none',
      ]);
    });
  });

  it('defect 18b: a family is the one that the Ozone Manager itself means by the number', async () => {
    await mirrored(async (copy) => {
      const put: BatchRecord = { put: 'k', value: 'x', family: DELETED_TABLE };
      expect(await told(copy, next(copy, put))).toEqual(['deletedTable k: none → x']);
    });
    await using bench = await MirrorBench.live();
    const put: BatchRecord = { put: 'k', value: 'x', family: DELETED_TABLE };
    expect(await told(bench.copy, next(bench.copy, put))).toEqual(['keyTable k: none → x']);
  });

  it('defect 18b: a family made after the checkpoint is refused by a code, and nothing of its batch is taken', async () => {
    await mirrored(async (copy) => {
      const { sequence } = copy;
      const batch = next(
        copy,
        { put: 'a', value: 'x', family: KEY_TABLE },
        { put: 'b', value: 'x', family: 24 },
      );
      expect((await failureOf(copy.prepare([batch]))).code).toBe('REPROCESS_FAMILY_UNKNOWN');
      expect(copy.sequence).toBe(sequence);
    });
  });

  it('defect 19: what a range deletion takes away is told row by row; a merge is refused by a code', async () => {
    await mirrored(async (copy) => {
      const puts = ['/r/a', '/r/b', '/r/c'].map((put): BatchRecord => ({
        put,
        value: 'x',
        family: KEY_TABLE,
      }));
      const batch = next(copy, ...puts, { deleteFrom: '/r/a', to: '/r/c', family: KEY_TABLE });
      expect((await told(copy, batch)).slice(3)).toEqual([
        'keyTable /r/a: x → none',
        'keyTable /r/b: x → none',
      ]);
      const merge = Buffer.from(next(copy, { put: 'k', value: 'x', family: KEY_TABLE }));
      merge[12] = 0x06;
      expect((await failureOf(copy.prepare([merge]))).code).toBe('REPROCESS_BATCH_UNSUPPORTED');
    });
  });

  it('defect 14: batches that were applied already give no event', async () => {
    const folder = temporaryFolder();
    await using mirror = await OmMirror.open(`${folder}/om`);
    const [set] = GOLDEN_SETS;
    const copy = await mirror.stage(unpackCheckpoint(set, 'om0', folder));
    const batches = goldenBatches(set);
    await (await copy.prepare(batches)).commit();
    const { delta } = await copy.prepare(batches);
    expect(delta.events).toEqual([]);
    expect(delta.through).toBe(delta.after);
  });
});
