/**
 * Rebuilds the tables of Ozone's Recon from one real checkpoint of an Ozone Manager, then from a later one while a loop
 * reads all stores without pause, and looks at the result. `npm run demo`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { omCheckpointSource, openOmCheckpointTar } from 'staged-reprocessor/ozone';
import { bucketNames } from './demo/bucket-names.ts';
import { lookAtData } from './demo/look-at-data.ts';
import { openRecon, type Recon } from './demo/recon-host.ts';
import { Reader } from './demo/reader.ts';
import { bold, dim, green, heading, Progress, red, say } from './demo/screen.ts';

const checkpoints = join(import.meta.dirname, '../test/fixtures/ozone/ozone-3k');
const folder = await mkdtemp(join(tmpdir(), 'sr-demo-'));
// The archives were packed by hand: no Ozone Manager has put its mark of completeness in.
const unpacking = { stagingDirectory: join(folder, 'unpacked'), requireComplete: false };

/** One rebuild, with its progress, its switch, and the generations before and after. */
async function rebuild(recon: Recon, archive: string): Promise<void> {
  const before = recon.status().generation;
  const progress = new Progress(() => recon.status().run);
  recon.once('verify:begin', () => {
    progress.step('verifying');
  });
  recon.once('switch:begin', () => {
    progress.step('switching');
  });
  let switchMs = 0;
  recon.once('switch:end', ({ durationMs }) => {
    switchMs = durationMs;
  });
  const source = omCheckpointSource(join(checkpoints, archive), unpacking);
  progress.step('reading');
  const report = await recon.reprocess({ source }).finally(() => {
    progress.end();
  });
  const rows = report.stores.reduce(
    (sum, store) => sum + Object.values(store.rows).reduce((a, b) => a + b, 0),
    0,
  );
  const read = report.tasks.reduce((sum, task) => sum + task.rowsRead, 0);
  say(
    `${green('switched')} ${dim(`in ${switchMs.toFixed(0)} ms; the whole rebuild took ${report.durationMs.toFixed(0)} ms`)}`,
  );
  say(
    `generation ${bold(`${before ?? 'none'} -> ${report.generation ?? 'none'}`)}, all three stores at one instant`,
  );
  say(
    dim(
      `${read.toLocaleString('en-US')} source rows shown to six tasks, ${rows.toLocaleString('en-US')} rows written and verified`,
    ),
  );
}

let failed = 0;
try {
  heading('1', 'Rebuild from a checkpoint of a real Ozone Manager');
  const recon = await openRecon(join(folder, 'data'));
  try {
    await rebuild(recon, 'om0.tar.gz');

    heading('2', 'Rebuild from a later one, while a loop reads all stores without pause');
    const reader = new Reader(recon);
    await reader.untilReads(20);
    await rebuild(recon, 'om1.tar.gz');
    await reader.untilReads(reader.reads + 20);
    await reader.stop();
    for (const { generation, reads } of reader.byGeneration)
      say(`reads of generation ${generation}: ${reads}`);
    failed = reader.failed;
    const verdict = `${reader.reads} reads of all stores, ${failed} failed, ${reader.mixed} saw two generations at once`;
    say(failed + reader.mixed === 0 ? green(verdict) : red(verdict));
    say(dim(`slowest read: ${reader.slowestMs.toFixed(1)} ms`));
    if (reader.firstError !== undefined) say(red(inspect(reader.firstError)));
    failed += reader.mixed;

    heading('3', 'A look at the data');
    const checkpoint = await openOmCheckpointTar(join(checkpoints, 'om1.tar.gz'), unpacking);
    const names = await bucketNames(checkpoint).finally(() => checkpoint.close());
    await recon.read((lease) => lookAtData(lease, names));
  } finally {
    await recon.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
