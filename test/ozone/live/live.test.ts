import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { StagedReprocessor } from '../../../src/index.ts';
import { reconTasks } from '../../../src/recon/index.ts';
import { run } from '../../cli/command-line.ts';
import { storedRows, type StoredRows } from '../../recon/law/stored-rows.ts';
import { reconStores } from '../../recon/recon-stores.ts';
import { Followed } from './followed.ts';
import { freePorts, LiveOm, OZONE_JAVA, type OmPorts } from './live-om.ts';

const CHANGES = Number(process.env['SR_LIVE_CHANGES'] ?? 400);
/** Deletes in the background soon, and keeps no log that has been flushed. */
const CONF = {
  'ozone.block.deleting.service.interval': '2s',
  'ozone.directory.deleting.service.interval': '2s',
};
const NO_OLD_LOGS = { 'hadoop.hdds.db.rocksdb.WAL_ttl_seconds': '0' };

// Needs a JDK and the folder with `om.sh`: OZONE_JAVA=… vitest run test/ozone/live
it.skipIf(OZONE_JAVA === undefined).each([true, false])(
  'follows a real Ozone Manager through restarts and kills of both: all tables equal a rebuild (file-system paths %s)',
  { timeout: 900_000 },
  async (filesystemPaths) => {
    const folder = mkdtempSync(join(tmpdir(), 'sr-live-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const ports = await freePorts();
    const conf = { ...CONF, 'ozone.om.enable.filesystem.paths': String(filesystemPaths) };
    const directory = join(folder, 'om');
    mkdirSync(directory);
    const data = join(folder, 'data');
    const address = `127.0.0.1:${ports.http}:${ports.grpc}`;
    const flags = filesystemPaths ? ['--filesystem-paths'] : [];
    const seq = async (om: LiveOm): Promise<bigint> => BigInt(Number((await om.say('seq'))['seq']));

    let om = await LiveOm.start(directory, ports, conf);
    onTestFinished(() => om.kill().catch(() => undefined));
    await om.say('init');
    await om.say(`change ${CHANGES}`);
    let host = new Followed(data, address, ...flags);
    onTestFinished(() => host.stop('SIGKILL').then(() => undefined));
    await host.level(await seq(om));
    await om.say(`change ${CHANGES}`);
    await om.say(`par ${CHANGES} 4`);
    await om.say('snapshot bucket1 snap1').catch(() => om.say('snapshot fso snap1'));

    await host.stop('SIGKILL');
    await om.say(`change ${CHANGES}`);
    host = new Followed(data, address, ...flags);
    await om.say(`change ${CHANGES}`);
    await host.level(await seq(om));

    await om.say('restart');
    await om.say(`change ${CHANGES}`);
    await host.level(await seq(om));

    await om.kill();
    om = await LiveOm.start(directory, ports, { ...conf, ...NO_OLD_LOGS });
    await om.say(`change ${CHANGES}`);
    await host.level(await seq(om));
    const before = fetched(host);

    await host.stop();
    await om.say(`change ${CHANGES}`);
    await om.say('flush');
    await om.say(`change ${CHANGES}`);
    host = new Followed(data, address, ...flags);
    await host.level(await seq(om));
    expect([before, fetched(host)], host.lines.join('\n')).toEqual([0, 1]);

    await settled(om, host, seq);
    expect(await host.stop()).toBe(0);
    const rebuilt = await rebuild(folder, ports, flags);
    expect(await rowsOf(data, filesystemPaths)).toEqual(await rowsOf(rebuilt, filesystemPaths));
  },
);

function fetched({ lines }: Followed): number {
  return lines.filter((line) => line.startsWith('Fetching a checkpoint')).length;
}

/** Until the background services have nothing left to change. */
async function settled(om: LiveOm, host: Followed, seq: (om: LiveOm) => Promise<bigint>): Promise<void> {
  for (let last = -1n, now = await seq(om); now !== last; now = await seq(om)) {
    last = now;
    await host.level(now);
    await om.say('counts');
  }
}

async function rebuild(folder: string, ports: OmPorts, flags: readonly string[]): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${ports.http}/dbCheckpoint?flushBeforeCheckpoint=true`);
  const tar = join(folder, 'checkpoint.tar');
  writeFileSync(tar, new Uint8Array(await answer.arrayBuffer()));
  const data = join(folder, 'rebuilt');
  const ended = await run(['recon', 'rebuild', tar, '--data-dir', data, '--quiet', ...flags]);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return data;
}

async function rowsOf(dataDir: string, filesystemPaths: boolean): Promise<StoredRows> {
  const reprocessor = await StagedReprocessor.open({
    dataDir,
    stores: reconStores(),
    tasks: reconTasks({ filesystemPaths }),
  });
  try {
    await reprocessor.whenApplied(reprocessor.position()?.sequence ?? 0n);
    return await storedRows(reprocessor);
  } finally {
    await reprocessor.close();
  }
}
