import { describe, expect, it } from 'vitest';
import { reconStatusRows, type ReconStatusOptions, type ReconStatusRow } from '../../src/recon/index.ts';
import {
  copyTask,
  failureOf,
  gate,
  levelRows,
  memoryRows,
  openWithClock,
  ordersSource,
  temporaryFolder,
  type HostOptions,
  type RowsReprocessor,
  type RowsTask,
} from '../reprocessor/rows-host.ts';

const TASKS = [
  { taskName: 'A', store: 'left' },
  { taskName: 'B', store: 'left' },
  { taskName: 'C', store: 'right' },
];
const START = 1_000_000;
const EVENT = { table: 'orders', key: Buffer.from('k'), after: Buffer.from('v') };

/** The two tasks of one store write different tables of it. */
function tasks(changes: Partial<Record<'A' | 'B' | 'C', Partial<RowsTask>>> = {}): RowsTask[] {
  const process = (): Promise<void> => Promise.resolve();
  const idle = (): Promise<void> => Promise.resolve();
  return [
    copyTask('A', 'left', { process, ...changes.A }),
    copyTask('B', 'left', { process, reprocess: idle, ...changes.B }),
    copyTask('C', 'right', { process, ...changes.C }),
  ];
}

function openTwo(options: HostOptions & { readonly tasks: RowsTask[] }) {
  return openWithClock({ stores: { left: memoryRows(), right: memoryRows() }, logger: SILENT, ...options });
}

const nothing = (): void => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A source without rows at a sequence. */
const at = (sequence: bigint) => ordersSource(0, '', sequence);

/** `name timestamp sequence status running` each. */
function told(reprocessor: RowsReprocessor, options: ReconStatusOptions = {}): string[] {
  return reconStatusRows(reprocessor.status(), undefined, { tasks: TASKS, ...options }).map(line);
}

function line(row: ReconStatusRow): string {
  const { taskName, lastUpdatedTimestamp, lastUpdatedSeqNumber } = row;
  const at = lastUpdatedTimestamp === 0 ? 'never' : `+${lastUpdatedTimestamp - START}`;
  return `${taskName} ${at} ${lastUpdatedSeqNumber} ${row.lastTaskRunStatus} ${row.isCurrentTaskRunning}`;
}

describe("Recon's status rows", () => {
  it('are of the six tasks, the staging and, if somebody follows, the two requests', async () => {
    const { reprocessor } = await openTwo({ tasks: tasks() });
    const never = {
      lastUpdatedTimestamp: 0,
      lastUpdatedSeqNumber: 0n,
      lastTaskRunStatus: 0,
      isCurrentTaskRunning: 0,
    };
    expect(reconStatusRows(reprocessor.status())).toEqual(
      [
        'NSSummaryTask',
        'OmTableInsightTask',
        'FileSizeCountTaskFSO',
        'FileSizeCountTaskOBS',
        'ContainerKeyMapperTaskFSO',
        'ContainerKeyMapperTaskOBS',
        'REPROCESS_STAGING',
      ].map((taskName) => ({ taskName, ...never })),
    );
    const delta = { atMs: START + 7, sequence: 12n, failed: false, running: true };
    const snapshot = { atMs: START + 3, sequence: 5n, failed: true, running: false };
    expect(reconStatusRows(reprocessor.status(), { delta, snapshot }).slice(-2).map(line)).toEqual([
      'OmDeltaRequest +7 12 0 1',
      'OmSnapshotRequest +3 5 -1 0',
    ]);
  });

  it('tell a run while it goes on, and what it brought', async () => {
    const entered = gate();
    const held = gate();
    const reprocess = async (): Promise<void> => {
      entered.open();
      await held.opened;
    };
    const { reprocessor, clock } = await openTwo({ tasks: tasks({ B: { reprocess } }) });
    await clock.advance(5);
    const running = reprocessor.reprocess({ source: at(40n) });
    await entered.opened;
    await clock.advance(10);
    const still = ['A +5 0 0 1', 'B +5 0 0 1', 'C +5 0 0 1', 'REPROCESS_STAGING +5 0 0 1'];
    expect(told(reprocessor)).toEqual(still);
    held.open();
    await running;
    expect(told(reprocessor)).toEqual([
      'A +15 40 0 0',
      'B +15 40 0 0',
      'C +15 40 0 0',
      'REPROCESS_STAGING +15 40 0 0',
    ]);
  });

  it('no task runs while the switch is prepared', async () => {
    let prepared: string[] = [];
    const verify = (): void => {
      prepared = told(reprocessor);
    };
    const { reprocessor } = await openTwo({ tasks: tasks({ C: { verify } }) });
    await reprocessor.reprocess({ source: at(40n) });
    expect(prepared).toEqual([
      'A never 0 0 0',
      'B never 0 0 0',
      'C never 0 0 0',
      'REPROCESS_STAGING +0 0 0 1',
    ]);
  });

  it('a failed task stands as failed until it succeeds, the others do not', async () => {
    let isBroken = true;
    const reprocess = (): Promise<void> =>
      isBroken ? Promise.reject(new Error('broken')) : Promise.resolve();
    const { reprocessor, clock } = await openTwo({
      tasks: tasks({ B: { reprocess } }),
      retry: { maxRetries: 0 },
    });
    isBroken = false;
    await reprocessor.reprocess({ source: at(40n) });
    isBroken = true;
    await clock.advance(10);
    await failureOf(reprocessor.reprocess({ source: at(50n) }));
    await clock.advance(1);
    const after = ['A +0 40 0 0', 'B +10 40 -1 0', 'C +0 40 0 0', 'REPROCESS_STAGING +10 40 -1 0'];
    const runs = await reprocessor.runs();
    expect(told(reprocessor, { runs })).toEqual(after);
    isBroken = false;
    await reprocessor.reprocess({ source: at(50n) });
    expect(told(reprocessor)).toEqual([
      'A +11 50 0 0',
      'B +11 50 0 0',
      'C +11 50 0 0',
      'REPROCESS_STAGING +11 50 0 0',
    ]);
  });

  it('an aborted run is no failure', async () => {
    const entered = gate();
    const reprocess: RowsTask['reprocess'] = async (_snapshot, { signal }) => {
      entered.open();
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    };
    const { reprocessor } = await openTwo({ tasks: tasks({ B: { reprocess } }) });
    const aborting = new AbortController();
    const failed = failureOf(reprocessor.reprocess({ source: ordersSource(), signal: aborting.signal }));
    await entered.opened;
    aborting.abort();
    await failed;
    expect(told(reprocessor)).toEqual(
      ['A', 'B', 'C', 'REPROCESS_STAGING'].map((name) => `${name} never 0 0 0`),
    );
  });

  it('defect 41: a sequence is told when it is applied, and only the tasks that fail have failed', async () => {
    const held = gate();
    let isBroken = false;
    const process = async (): Promise<void> => {
      await held.opened;
      if (isBroken) throw new Error('broken');
    };
    const { reprocessor } = await openTwo({ tasks: tasks({ B: { process } }) });
    await reprocessor.reprocess({ source: at(40n) });
    const isApplied = new Promise((resolve) => reprocessor.once('applied', resolve));
    await reprocessor.consume({ after: 40n, through: 41n, events: [{ ...EVENT, sequence: 41n }] });
    // It is in the log; the two tasks of one store commit together, the other one has it.
    expect(await isApplied).toMatchObject({ store: 'right' });
    expect(told(reprocessor).map((text) => text.replace(/ \S+/u, ''))).toEqual([
      'A 40 0 0',
      'B 40 0 0',
      'C 41 0 0',
      'REPROCESS_STAGING 40 0 0',
    ]);
    isBroken = true;
    held.open();
    const isBlocked = new Promise((resolve) => reprocessor.once('alert', resolve));
    await isBlocked;
    const sync = {
      delta: { atMs: START, sequence: 41n, failed: false, running: false },
      snapshot: { atMs: START, sequence: 40n, failed: false, running: false },
    };
    expect(reconStatusRows(reprocessor.status(), sync, { tasks: TASKS }).map(line)).toEqual([
      'A +0 40 -1 0',
      'B +0 40 -1 0',
      'C +0 41 0 0',
      'REPROCESS_STAGING +0 40 0 0',
      'OmDeltaRequest +0 41 0 0',
      'OmSnapshotRequest +0 40 0 0',
    ]);
  });

  it('outlive a restart, with the run history', async () => {
    const dataDir = temporaryFolder();
    const stores = { left: levelRows(), right: levelRows() };
    let isBroken = false;
    const reprocess = (): Promise<void> =>
      isBroken ? Promise.reject(new Error('broken')) : Promise.resolve();
    const options = { dataDir, stores, tasks: tasks({ B: { reprocess } }), retry: { maxRetries: 0 } };
    const first = await openTwo(options);
    await first.clock.advance(3);
    await first.reprocessor.reprocess({ source: at(40n) });
    await first.clock.advance(3);
    isBroken = true;
    await failureOf(first.reprocessor.reprocess({ source: at(50n) }));
    await first.reprocessor.close();
    const { reprocessor } = await openTwo(options);
    const runs = await reprocessor.runs();
    expect(told(reprocessor, { runs })).toEqual([
      'A +3 40 0 0',
      'B +3 40 0 0',
      'C +3 40 0 0',
      'REPROCESS_STAGING +6 40 -1 0',
    ]);
    expect(told(reprocessor)[0]).toBe('A never 40 0 0');
  });
});
