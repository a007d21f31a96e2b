import { readFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { StagedReprocessor } from '../../../src/index.ts';
import { omCheckpointSource } from '../../../src/ozone/index.ts';
import { reconTasks } from '../../../src/recon/index.ts';
import { storedRows, type StoredRows } from '../../recon/law/stored-rows.ts';
import { reconStores } from '../../recon/recon-stores.ts';
import { goldenBatches, unpackCheckpoint, type GoldenSet } from '../om-mirror/golden-sets.ts';
import { sequencesOf } from '../om-server/write-batches.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/ozone');

/** A session of a real Ozone Manager: its checkpoints as they were served, and all its batches. */
export class RecordedOm {
  readonly batches: readonly Uint8Array[];
  readonly set: GoldenSet;
  #last: Promise<StoredRows> | undefined;

  constructor(set: GoldenSet) {
    this.set = set;
    this.batches = goldenBatches(set);
  }

  /** The archive of a checkpoint. */
  tar(name: 'om0' | 'om1'): Uint8Array {
    return gunzipSync(readFileSync(join(FIXTURES, this.set, `${name}.tar.gz`)));
  }

  /** The last sequence of its session. */
  get end(): bigint {
    const last = this.batches.at(-1);
    return last === undefined ? 0n : sequencesOf(last).last;
  }

  /** Batches that end after one sequence and not after another. */
  between(after: bigint, through: bigint): readonly Uint8Array[] {
    return this.batches.filter((batch) => {
      const { last } = sequencesOf(batch);
      return last > after && last <= through;
    });
  }

  /** What a rebuild of its last checkpoint gives. */
  rebuilt(): Promise<StoredRows> {
    return (this.#last ??= rebuilt(this.set, 'om1'));
  }
}

async function rebuilt(set: GoldenSet, name: 'om0' | 'om1'): Promise<StoredRows> {
  const folder = mkdtempSync(join(tmpdir(), 'sr-rebuilt-'));
  const reprocessor = await StagedReprocessor.open({
    dataDir: join(folder, 'data'),
    stores: reconStores(),
    tasks: reconTasks({ filesystemPaths: set !== 'om-live' }),
    source: omCheckpointSource(unpackCheckpoint(set, name, folder)),
  });
  try {
    await reprocessor.reprocess();
    return await storedRows(reprocessor);
  } finally {
    await reprocessor.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
