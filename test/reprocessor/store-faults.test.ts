import { describe, expect, it } from 'vitest';
import { faultyStore, type StoreCall } from '../../src/testing/index.ts';
import { asFailure, copied, fill, ordersSource, reasonOf, reportOf } from './rows-host.ts';
import { openFiles, openSubjects, served, settled, SUBJECTS, until, type Subject } from './fault-subject.ts';

const ROWS = 2;
const KINDS = ['memory', 'level', 'sqlite'] as const;

type Kind = (typeof KINDS)[number];

/** A store that fails on demand beside one that never does. */
function faultySubjects(kind: Kind, steady: Subject) {
  const first = SUBJECTS[kind]();
  const faulty = faultyStore(first.adapter);
  const subjects: Readonly<Record<string, Subject>> = {
    shaky: { ...first, adapter: faulty.adapter },
    steady,
  };
  return { faulty, subjects };
}

const rowsOfAll = (version: string) => ({ shaky: copied(ROWS, version), steady: copied(ROWS, version) });

function closings(calls: readonly StoreCall[]): number {
  return calls.filter(({ name }) => name === 'open.close').length;
}

describe.each(KINDS)('a %s store that fails in call 0, 1, 2 … of a run', (kind) => {
  it.each([
    { live: false, after: false, beside: 'memory' as const },
    { live: true, after: false, beside: 'level' as const },
    { live: true, after: true, beside: 'memory' as const },
  ])('costs the run only (live: $live, after the call: $after, beside $beside)', async (plan) => {
    const { live, after, beside } = plan;
    const filesBefore = openFiles();
    const { faulty, subjects } = faultySubjects(kind, SUBJECTS[beside]());
    const source = ordersSource(ROWS, 'old');
    const opened = await openSubjects(subjects, { source, verify: 'full' });
    const { host, alerts } = opened;
    if (live) await host.reprocess();
    let fired = true;
    for (let call = 0; fired; call++) {
      const before = await served(host, subjects);
      const { generation: old } = host.status();
      fill(source, ROWS, `call-${String(call)}`);
      alerts.length = 0;
      faulty.arm({ failOn: call, after });
      const error = await reasonOf(host.reprocess());
      await settled(opened);
      fired = faulty.failed.length > 0;
      const where = `${faulty.failed[0]?.name ?? 'none'} (call ${String(call)})`;
      if (error === undefined) {
        // What fails behind the run is an alert: verification closes one generation, the retirement another.
        await until(() => closings(faulty.calls) >= (old === undefined ? 1 : 2));
        fired = faulty.failed.length > 0;
        await until(() => !fired || alerts.length > 0);
        faulty.arm();
        expect([where, await served(host, subjects)]).toEqual([where, rowsOfAll(`call-${String(call)}`)]);
        continue;
      }
      faulty.arm();
      alerts.length = 0;
      const failure = asFailure(error);
      const { outcome, error: told, tasks, stores } = reportOf(failure);
      expect([where, outcome, told?.code, stores]).toEqual([where, 'failed', failure.code, []]);
      expect(JSON.stringify(told)).toContain('Injected fault');
      expect(tasks).toHaveLength(2);
      expect(['REPROCESS_STORE_FAILED', 'REPROCESS_SWITCH_FAILED']).toContain(failure.code);
      const { state, generation } = host.status();
      expect([where, state, generation]).toEqual([where, 'FAILED', old]);
      expect([where, await served(host, subjects)]).toEqual([where, before]);
      expect([where, (await host.reprocess()).outcome]).toEqual([where, 'switched']);
      await until(() => closings(faulty.calls) >= (old === undefined ? 1 : 2));
      await settled(opened);
      expect([where, await served(host, subjects)]).toEqual([where, rowsOfAll(`call-${String(call)}`)]);
      for (const { staged, retained, discarding } of host.status().stores) {
        expect([where, staged, discarding, retained.length < 2]).toEqual([where, undefined, [], true]);
      }
    }
    expect(source.closed).toBe(source.opened);
    await host.close();
    expect(openFiles()).toBe(filesBefore);
  });
});

describe.each(KINDS)('a %s store that fails in call 0, 1, 2 … of rollbackTo', (kind) => {
  it.each([false, true])('keeps the live data and the way back (fails after the call: %s)', async (after) => {
    const filesBefore = openFiles();
    const { faulty, subjects } = faultySubjects(kind, SUBJECTS.memory());
    const source = ordersSource(ROWS, 'v0');
    const opened = await openSubjects(subjects, { source });
    const { host, alerts } = opened;
    await host.reprocess();
    fill(source, ROWS, 'v1');
    await host.reprocess();
    await until(() => closings(faulty.calls) >= 3);
    let fired = true;
    for (let call = 0; fired; call++) {
      const { generation, retained } = host.status();
      const back = retained[0] ?? 0;
      const before = await served(host, subjects);
      alerts.length = 0;
      faulty.arm({ failOn: call, after });
      const error = await reasonOf(host.rollbackTo(back));
      fired = faulty.failed.length > 0;
      const where = `${faulty.failed[0]?.name ?? 'none'} (call ${String(call)})`;
      if (error === undefined) {
        await until(() => closings(faulty.calls) >= 1);
        fired = faulty.failed.length > 0;
        await until(() => !fired || alerts.length > 0);
        faulty.arm();
        expect([where, host.status().generation]).toEqual([where, back]);
        continue;
      }
      faulty.arm();
      expect(asFailure(error).code).toMatch(/STORE_FAILED|SWITCH_FAILED/);
      expect([where, host.status().generation, host.status().retained]).toEqual([
        where,
        generation,
        retained,
      ]);
      expect([where, await served(host, subjects)]).toEqual([where, before]);
      await host.rollbackTo(back);
      await until(() => closings(faulty.calls) >= 1);
      expect(host.status()).toMatchObject({ generation: back, retained: [generation] });
    }
    await host.close();
    expect(openFiles()).toBe(filesBefore);
  });
});
