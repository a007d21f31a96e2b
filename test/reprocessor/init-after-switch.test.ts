import { describe, expect, it } from 'vitest';
import {
  copied,
  copyTask,
  fill,
  gate,
  levelRows,
  openHost,
  ordersSource,
  rowsOf,
  temporaryFolder,
  type HostOptions,
  type RowsReprocessor,
} from './rows-host.ts';

const never = new Promise<void>(() => undefined);

/** A host with data of `old` whose task does `init` after each later switch. */
async function hostWith(init: () => Promise<void>): Promise<{ host: RowsReprocessor; options: HostOptions }> {
  let armed = false;
  const task = copyTask('Copy', 'main', {
    async init() {
      if (armed) await init();
    },
  });
  const source = ordersSource(3, 'old');
  const options = { dataDir: temporaryFolder(), stores: { main: levelRows() } };
  const host = await openHost({ ...options, tasks: [task], source });
  host.on('alert', () => undefined);
  await host.reprocess();
  fill(source, 3, 'new');
  armed = true;
  return { host, options };
}

describe('init() after a switch', () => {
  it('may call close(): the run ends well, and so does close()', async () => {
    const closed: string[] = [];
    const { host, options } = await hostWith(async () => {
      await host.close();
      closed.push('in init');
    });
    expect(await host.reprocess()).toMatchObject({ outcome: 'switched', generation: 2 });
    await host.close();
    expect(host.status().state).toBe('CLOSED');
    expect(closed).toEqual(['in init']);
    expect(await rowsOf(await openHost({ ...options, tasks: [copyTask()] }))).toEqual(copied(3, 'new'));
  });

  it.each(['a run', 'rollbackTo'])('that hangs is left behind by close() (%s)', async (how) => {
    const begun = gate();
    let isHanging = how === 'a run';
    const { host, options } = await hostWith(async () => {
      if (!isHanging) return;
      begun.open();
      await never;
    });
    const alerts: string[] = [];
    host.on('alert', ({ code }) => alerts.push(code));
    if (how === 'rollbackTo') {
      await host.reprocess();
      isHanging = true;
    }
    const going = how === 'a run' ? host.reprocess() : host.rollbackTo(1);
    await begun.opened;
    await host.close();
    await going;
    expect(alerts).toEqual(['TASK_INIT_FAILED']);
    const again = await openHost({ ...options, tasks: [copyTask()] });
    expect(await rowsOf(again)).toEqual(copied(3, how === 'a run' ? 'new' : 'old'));
  });

  it('that hangs ends with the abort of its run, which stands', async () => {
    const begun = gate();
    const { host } = await hostWith(async () => {
      begun.open();
      await never;
    });
    const aborting = new AbortController();
    const running = host.reprocess({ signal: aborting.signal });
    await begun.opened;
    aborting.abort();
    expect(await running).toMatchObject({ outcome: 'switched', generation: 2 });
    expect(await rowsOf(host)).toEqual(copied(3, 'new'));
  });
});
