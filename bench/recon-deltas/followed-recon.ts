import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { sqliteStore } from '../../src/adapters/kysely/index.ts';
import { levelStore } from '../../src/adapters/level/index.ts';
import { StagedReprocessor } from '../../src/index.ts';
import { OmMirror } from '../../src/ozone/index.ts';
import {
  containerTables,
  namespaceTables,
  reconTasks,
  statsTables,
  type StatsTables,
} from '../../src/recon/index.ts';

/** Batches that one answer of an Ozone Manager may hold. */
const BATCHES_AT_ONCE = 1000;

export interface FollowedRun {
  readonly events: number;
  /** Until all six tables hold the last change, and log, mirror and stores have it on the disk. */
  readonly ms: number;
  readonly cpuMs: number;
}

/** Rebuilds from `om0` in `source` into `directory`, then times how the deltas go through the public API. */
export async function followDeltas(source: string, directory: string): Promise<FollowedRun> {
  await using mirror = await OmMirror.open(join(directory, 'om'));
  const reprocessor = await StagedReprocessor.open({
    dataDir: directory,
    stores: {
      namespace: levelStore({ tables: namespaceTables }),
      containers: levelStore({ tables: containerTables }),
      stats: sqliteStore<StatsTables>({ tables: statsTables }),
    },
    tasks: reconTasks({ filesystemPaths: true }),
    source: mirror.source(),
  });
  try {
    const copy = await mirror.stage(join(source, 'om0'));
    await reprocessor.reprocess();
    await mirror.promote(copy.id);
    const batches = await readBatches(join(source, 'deltas.bin'));
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    let events = 0;
    for (let at = 0; at < batches.length; at += BATCHES_AT_ONCE) {
      const update = await copy.prepare(batches.slice(at, at + BATCHES_AT_ONCE));
      await reprocessor.consume(update.delta);
      await update.commit();
      events += update.delta.events.length;
    }
    await reprocessor.whenApplied(copy.sequence);
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    return { events, ms, cpuMs: (user + system) / 1000 };
  } finally {
    await reprocessor.close();
  }
}

async function readBatches(file: string): Promise<readonly Uint8Array[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file)) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const batches: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at);
    batches.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return batches;
}
