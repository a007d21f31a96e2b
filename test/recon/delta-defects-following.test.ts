import { describe, expect, it } from 'vitest';
import type { ReconOmTask } from '../../src/index.ts';
import { reconTasks } from '../../src/recon/index.ts';
import { FSO, OBS } from '../ozone/protobuf/ozone-records.ts';
import { until } from '../reprocessor/fault-subject.ts';
import { failureOf, gate, temporaryFolder } from '../reprocessor/rows-host.ts';
import { FollowedHost } from './law/followed-host.ts';
import { OmRows } from './om-rows.ts';

const rows = (): OmRows => new OmRows();
const inContainer = { groups: [{ version: 0, containers: [7] }] };
const begun = (): OmRows =>
  rows()
    .bucket('v', 'f', 1, FSO)
    .bucket('v', 'o', 2, OBS)
    .directory(1, 'd', 5)
    .file(5, 'f', inContainer)
    .key('v', 'o', 'k', inContainer);
/** A change that all six tasks see. */
const changed = (name: string): OmRows => rows().file(5, name, inContainer).key('v', 'o', name, inContainer);

/** The six tasks, of which some fail the first `failures` times that they are asked to apply something. */
function failingTasks(failing: readonly string[], failures: number) {
  const calls: string[] = [];
  const tasks = reconTasks();
  for (const task of tasks as readonly ReconOmTask[]) {
    const process = task.process?.bind(task);
    let left = failing.includes(task.taskName) ? failures : 0;
    Object.assign(task, {
      process: async (...given: Parameters<NonNullable<ReconOmTask['process']>>) => {
        calls.push(task.taskName);
        const result = await process?.(...given);
        if (left-- > 0) throw new Error('Derby is locked');
        return result;
      },
    });
  }
  return { tasks, calls };
}

describe("Recon's defects of following", () => {
  it('defect 8: a task that throws is tried once more with the same delta', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    const { tasks, calls } = failingTasks(['FileSizeCountTaskFSO'], 1);
    await host.open({ tasks });
    host.change(changed('g'));
    await host.reprocessor.consume(host.delta(1n));
    await host.reprocessor.whenApplied(host.source.sequence);
    expect(calls.filter((name) => name === 'FileSizeCountTaskFSO')).toHaveLength(2);
    expect(host.reprocessor.status().generation).toBe(1);
    expect(await host.wrongTables()).toEqual([]);
  });

  it('defects 8, 17: tasks that throw again are rebuilt with their stores, however many fail at once', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    const { tasks } = failingTasks(
      ['FileSizeCountTaskFSO', 'OmTableInsightTask', 'ContainerKeyMapperTaskOBS'],
      2,
    );
    await host.open({ tasks });
    const reasons: string[] = [];
    host.reprocessor.on('run:begin', ({ reason }) => reasons.push(reason));
    host.change(changed('g'));
    await host.reprocessor.consume(host.delta(1n));
    host.change(changed('h'));
    await host.reprocessor.consume(host.delta(3n));
    expect(await host.wrongTables()).toEqual([]);
    expect(await host.stat('fileTableCount')).toBe(3n);
    expect(new Set(reasons)).toContain('TASK_FAILURE');
    const { stores } = host.reprocessor.status();
    expect(stores.find(({ store }) => store === 'namespace')?.live).toBe(1);
    expect(stores.every(({ blocked }) => blocked === undefined)).toBe(true);
  });

  it('defect 14: a delta that comes twice, or overlaps another, counts once', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    await host.open();
    for (const name of ['g', 'h', 'i']) host.change(changed(name));
    await host.reprocessor.consume(host.delta(1n, 4n));
    await host.reprocessor.consume(host.delta(1n, 4n));
    await host.reprocessor.consume(host.delta(2n));
    expect(await host.wrongTables()).toEqual([]);
    expect(await host.stat('keyTableCount')).toBe(4n);
    expect(host.reprocessor.status().generation).toBe(1);
  });

  it('defect 15: a rebuild by hand, of a source ahead of its deltas, has none of them twice', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    await host.open();
    host.change(changed('g'));
    await host.reprocessor.reprocess();
    host.change(changed('h'));
    await Promise.all([host.reprocessor.reprocess(), host.reprocessor.consume(host.delta(1n))]);
    expect(await host.wrongTables()).toEqual([]);
    host.change(changed('i'));
    await host.reprocessor.consume(host.delta(1n));
    expect(await host.wrongTables()).toEqual([]);
    expect(await host.stat('keyTableCount')).toBe(4n);
  });

  it('defect 16: deltas that go on from a newer snapshot are not applied to data from before it', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    await host.open();
    host.change(changed('missed'));
    const { sequence } = host.source;
    host.change(changed('next'));
    const failure = await failureOf(host.reprocessor.consume(host.delta(sequence)));
    expect(failure.code).toBe('REPROCESS_SEQUENCE_GAP');
    await until(() => host.reprocessor.status().generation === 2);
    expect(await host.wrongTables()).toEqual([]);
    expect(await host.stat('keyTableCount')).toBe(3n);
  });

  it('defect 19: a value that does not decode is set aside and told, and its old value no longer counts', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    await host.open();
    host.change(rows().add('keyTable', '/v/o/k', 'garbage'));
    await host.reprocessor.consume(host.delta(1n));
    expect(await host.wrongTables()).toEqual([]);
    const { quarantined } = host.reprocessor.status().deltas;
    expect(quarantined.count).toBe(3);
    expect(quarantined.first[0]).toMatchObject({
      table: 'keyTable',
      key: Buffer.from('/v/o/k').toString('hex'),
    });
    host.change(changed('k'));
    await host.reprocessor.consume(host.delta(2n));
    expect(await host.wrongTables()).toEqual([]);
  });

  it('defect 20: a rebuild, however slow, keeps no delta waiting', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    await host.open();
    const slow = gate();
    const running = host.reprocessor.reprocess({
      source: {
        openSnapshot: async () => {
          const snapshot = host.source.openSnapshot();
          await slow.opened;
          return snapshot;
        },
      },
    });
    host.change(changed('g'));
    await host.reprocessor.consume(host.delta(1n));
    await host.reprocessor.whenApplied(host.source.sequence);
    expect(await host.stat('keyTableCount')).toBe(2n);
    slow.open();
    await running;
    expect(host.reprocessor.status().generation).toBe(2);
    expect(await host.wrongTables()).toEqual([]);
  });

  it('defect 23: a full delta log drops nothing: what does not fit waits', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    const slow = gate();
    await host.open({
      maxDeltaLogBytes: 65_536,
      failPoint: (name) => (name.startsWith('apply:before') ? slow.opened : undefined),
    });
    const sent: Promise<void>[] = [];
    for (let count = 0; count < 40; count++) {
      const after = host.source.sequence;
      host.change(rows().key('v', 'o', `k${count}`, { name: 'x'.repeat(5000) }));
      sent.push(host.reprocessor.consume(host.delta(after)));
    }
    await until(() => host.reprocessor.status().waitingFor.includes('log-room'));
    slow.open();
    await Promise.all(sent);
    expect(await host.wrongTables()).toEqual([]);
    expect(await host.stat('keyTableCount')).toBe(41n);
    expect(host.reprocessor.status().generation).toBe(1);
  });

  it('defect 24: a restart with deltas that were not applied rebuilds nothing', async () => {
    await using host = new FollowedHost(temporaryFolder(), begun());
    const dying = gate();
    await host.open({
      failPoint: (name) => {
        if (!name.startsWith('apply:before')) return;
        dying.open();
        throw new Error('The process dies here');
      },
    });
    host.change(changed('g'));
    await host.reprocessor.consume(host.delta(1n));
    await dying.opened;
    await host.close();
    await host.open();
    expect(host.reprocessor.status().generation).toBe(1);
    await host.reprocessor.whenApplied(host.source.sequence);
    expect(await host.stat('keyTableCount')).toBe(2n);
    expect(host.reprocessor.status().generation).toBe(1);
    expect(await host.wrongTables()).toEqual([]);
  });
});
