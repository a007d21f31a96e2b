import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StagedReprocessor } from '../../src/index.ts';
import { reconTasks } from '../../src/recon/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { RecordedOm } from '../ozone/follow/recorded-om.ts';
import { updatesFaults } from '../ozone/om-server/faults.ts';
import { startOmServer, type OmServer } from '../ozone/om-server/om-server.ts';
import { storedRows } from '../recon/law/stored-rows.ts';
import { reconStores } from '../recon/recon-stores.ts';
import { ended, Folder, run, start } from './command-line.ts';

const om = new RecordedOm('om-live');
const seed = Number(process.env['SR_FOLLOW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const KILLS = 12;

function command(server: OmServer, data: string): readonly string[] {
  const { host, httpPort, grpcPort } = server.address;
  return [
    ...['recon', 'follow', '--om', `${host}:${httpPort}:${grpcPort}`, '--data-dir', data, '--poll-ms', '5'],
  ];
}

/** Resolves once a line of what it writes holds `text`. */
async function until(child: ReturnType<typeof start>, text: string): Promise<void> {
  let written = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: string) => {
      written += chunk;
      if (written.includes(text)) resolve();
    });
    child.once('close', () => {
      reject(new Error(`It ended without "${text}":\n${written}`));
    });
  });
}

describe('recon follow', () => {
  it('says what it does, ends in good order, and leaves its requests to look at', async () => {
    using folder = new Folder();
    const data = folder.file('data');
    await using server = await startOmServer({ checkpoint: () => om.tar('om0'), batches: om.batches });
    const child = start(command(server, data));
    const over = ended(child);
    await until(child, `Level with the Ozone Manager at ${om.end.toLocaleString('en-US')}`);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await over;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Stopped: ');
    const status = await run(['recon', 'status', '--data-dir', data, '--json']);
    const rows = JSON.parse(status.stdout) as readonly Record<string, unknown>[];
    expect(rows.find(({ taskName }) => taskName === 'OmDeltaRequest')).toMatchObject({
      lastUpdatedSeqNumber: String(om.end),
      lastTaskRunStatus: 0,
      isCurrentTaskRunning: 0,
    });
    expect(rows.find(({ taskName }) => taskName === 'OmSnapshotRequest')).toMatchObject({
      lastTaskRunStatus: 0,
    });
  });

  it('ends where only the operator can help', async () => {
    using folder = new Folder();
    await using server = await startOmServer({ checkpoint: () => om.tar('om0') });
    server.setFaults({
      updates: updatesFaults.unauthenticated,
      checkpoint: { kind: 'answer', status: 401 },
    });
    const { code, stderr } = await run(command(server, folder.file('data')));
    expect(code).toBe(1);
    expect(stderr).toContain('REPROCESS_AUTHENTICATION');
  });

  it(`loses nothing when it is killed anywhere, again and again (SR_FOLLOW_SEED=${seed})`, async () => {
    using folder = new Folder();
    const data = folder.file('data');
    const random = seededRandom(seed);
    await using server = await startOmServer({
      checkpoint: () => om.tar('om0'),
      batches: om.between(0n, 6000n),
    });
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = start(command(server, data));
      const over = ended(child);
      const held = server.holdUpdates();
      await held.reached;
      const { latest } = server.wal;
      server.wal.append(om.between(latest, latest + 1200n));
      held.release();
      for (let turns = random.below(4000); turns > 0; turns -= 1) await turn();
      child.kill('SIGKILL');
      await over;
    }
    server.wal.append(om.between(server.wal.latest, om.end));
    const child = start(command(server, data));
    const over = ended(child);
    await until(child, `Level with the Ozone Manager at ${om.end.toLocaleString('en-US')}`);
    child.kill('SIGINT');
    expect(await over).toMatchObject({ code: 0 });
    const reprocessor = await StagedReprocessor.open({
      dataDir: data,
      stores: reconStores(),
      tasks: reconTasks(),
    });
    try {
      await reprocessor.whenApplied(om.end);
      expect(await storedRows(reprocessor)).toEqual(await om.rebuilt());
    } finally {
      await reprocessor.close();
    }
  });
});
