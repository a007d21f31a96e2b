import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert, Logger, ReprocessEventName } from '../../src/index.ts';
import {
  copied,
  copyTask,
  failureOf,
  memoryRows,
  openHost,
  ordersSource,
  rowsOf,
  type RowsReprocessor,
} from './rows-host.ts';

const EVENTS: readonly ReprocessEventName[] = [
  'phase',
  'run:begin',
  'run:end',
  'task:begin',
  'task:end',
  'verify:begin',
  'verify:end',
  'switch:begin',
  'switch:end',
  'rollback:begin',
  'rollback:end',
  'discard',
  'retry',
  'circuit:open',
  'circuit:close',
  'lease:timeout',
  'alert',
];

/** Names of the events as they come; begins and ends of pairs must nest. */
function record(host: RowsReprocessor): string[] {
  const told: string[] = [];
  for (const event of EVENTS) {
    host.on(event, (payload) => {
      told.push('to' in payload && event === 'phase' ? `phase ${String(payload.to)}` : event);
    });
  }
  return told;
}

function pairs(told: readonly string[]): readonly string[] {
  return told.filter((event) => /:(begin|end)$/.test(event));
}

const warnings: Error[] = [];
const listen = (warning: Error): void => void warnings.push(warning);

beforeEach(() => {
  warnings.length = 0;
  process.on('warning', listen);
});
afterEach(() => void process.off('warning', listen));

/** Warnings are emitted one tick later. */
async function warned(): Promise<readonly string[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return warnings.map((warning) => ('code' in warning ? String(warning.code) : warning.name));
}

describe('events', () => {
  it('come in pairs in a run that ends well', async () => {
    const host = await openHost({ source: ordersSource() });
    const told = record(host);
    await host.reprocess();
    expect(told).toEqual([
      'phase INITIALIZING',
      'run:begin',
      'phase PROCESSING',
      'task:begin',
      'task:end',
      'phase READY_TO_COMMIT',
      'verify:begin',
      'verify:end',
      'switch:begin',
      'phase COMMITTING',
      'phase COMMITTED',
      'switch:end',
      'phase NONE',
      'run:end',
    ]);
  });

  it.each([
    ['0-snapshot', []],
    ['1-staged', []],
    ['2-finished', ['task:begin', 'task:end']],
    ['3-verified', ['task:begin', 'task:end', 'verify:begin', 'verify:end']],
    ['5-intent', ['task:begin', 'task:end', 'verify:begin', 'verify:end', 'switch:begin', 'switch:end']],
    ['6-committed', ['task:begin', 'task:end', 'verify:begin', 'verify:end', 'switch:begin', 'switch:end']],
  ])('come in pairs when %s fails', async (at, between) => {
    const failPoint = (name: string): void => {
      if (name === at) throw new Error(at);
    };
    const host = await openHost({ source: ordersSource(), failPoint, retry: { maxRetries: 0 } });
    const told = record(host);
    await failureOf(host.reprocess());
    expect(pairs(told)).toEqual(['run:begin', ...between, 'rollback:begin', 'rollback:end', 'run:end']);
    expect(told.slice(-3)).toEqual(['phase FAILED', 'rollback:end', 'run:end']);
  });

  it('come in pairs when rollbackTo fails', async () => {
    let fails = false;
    const failPoint = (name: string): void => {
      if (fails && name === '6-committed') throw new Error(name);
    };
    const host = await openHost({ source: ordersSource(), failPoint });
    await host.reprocess();
    await host.reprocess();
    fails = true;
    const told = record(host);
    expect((await failureOf(host.rollbackTo(1))).code).toBe('REPROCESS_SWITCH_FAILED');
    expect(pairs(told)).toEqual(['switch:begin', 'switch:end', 'rollback:begin', 'rollback:end']);
  });

  it('change nothing when every listener throws or rejects', async () => {
    const host = await openHost({ source: ordersSource() });
    for (const [index, event] of EVENTS.entries()) {
      if (index % 2 === 0) {
        host.on(event, () => {
          throw new Error(event);
        });
      } else host.on(event, () => Promise.reject(new Error(event)));
    }
    const { outcome } = await host.reprocess();
    expect(outcome).toBe('switched');
    expect(await rowsOf(host)).toEqual(copied());
    expect(new Set(await warned())).toEqual(new Set(['LISTENER_FAILED']));
  });

  it('survive one throwing listener of everything, alerts included', async () => {
    const host = await openHost({ source: ordersSource() });
    let calls = 0;
    const listener = (): void => {
      calls += 1;
      if (calls > 500) process.exit(1);
      throw new Error('always');
    };
    for (const event of EVENTS) host.on(event, listener);
    expect((await host.reprocess()).outcome).toBe('switched');
    expect(calls).toBeLessThan(100);
  });

  it('are heard by the same listener on two events, and given up on each by itself', async () => {
    const host = await openHost({ source: ordersSource() });
    const heard: string[] = [];
    const listener = (payload: object): void => void heard.push('report' in payload ? 'end' : 'begin');
    host.on('run:begin', listener).on('run:end', listener).off('run:begin', listener);
    await host.reprocess();
    expect(heard).toEqual(['end']);
  });

  it('let a listener ask for a run: it is refused, or joins', async () => {
    const host = await openHost({ source: ordersSource() });
    const asked: Promise<unknown>[] = [];
    host.once('run:begin', () => {
      asked.push(failureOf(host.reprocess()).then(({ code }) => code));
      asked.push(host.reprocess({ whenRunning: 'join' }).then(({ generation }) => generation));
    });
    await host.reprocess();
    expect(await Promise.all(asked)).toEqual(['REPROCESS_ALREADY_RUNNING', 1]);
  });
});

describe('alerts', () => {
  const failsInInit = (): ReturnType<typeof copyTask> => {
    let calls = 0;
    return copyTask('Copy', 'main', {
      init() {
        calls += 1;
        if (calls > 1) throw new Error('init failed');
      },
    });
  };

  it('are process warnings when nobody listens', async () => {
    const host = await openHost({ tasks: [failsInInit()], source: ordersSource() });
    await host.reprocess();
    expect(await warned()).toEqual(['TASK_INIT_FAILED']);
  });

  it('go to a listener, or to the logger, instead', async () => {
    const heard: Alert[] = [];
    const host = await openHost({ tasks: [failsInInit()], source: ordersSource() });
    host.on('alert', (alert) => heard.push(alert));
    await host.reprocess();
    const logged: string[] = [];
    const logger: Logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (message) => void logged.push(message),
    };
    const other = await openHost({ tasks: [failsInInit()], source: ordersSource(), logger });
    await other.reprocess();
    expect(await warned()).toEqual([]);
    expect(heard).toMatchObject([{ code: 'TASK_INIT_FAILED', error: { message: 'init failed' } }]);
    expect(logged).toEqual(["Task 'Copy' failed in init() after a switch"]);
  });

  it('survive a logger that throws', async () => {
    const logger: Logger = new Proxy<Logger>(console, {
      get: () => () => {
        throw new Error('no disk for logs');
      },
    });
    const host = await openHost({ tasks: [failsInInit()], source: ordersSource(), logger });
    expect((await host.reprocess()).outcome).toBe('switched');
    expect(new Set(await warned())).toEqual(new Set(['LOGGER_FAILED']));
  });

  it('tell when an old generation cannot be closed', async () => {
    const adapter = memoryRows();
    const open = adapter.open.bind(adapter);
    const stuck: typeof adapter = {
      ...adapter,
      async open(context) {
        const store = await open(context);
        const openGeneration = store.openGeneration.bind(store);
        let opens = 0;
        store.openGeneration = async (generation) => {
          const opened = await openGeneration(generation);
          opens += 1;
          // The first one is verification's.
          if (opens === 2) opened.close = () => Promise.reject(new Error('stuck handle'));
          return opened;
        };
        return store;
      },
    };
    const source = ordersSource();
    const host = await openHost({ stores: { main: stuck }, source });
    const alerts: Alert[] = [];
    host.on('alert', (alert) => alerts.push(alert));
    await host.reprocess();
    await host.reprocess();
    await host.close();
    expect(alerts).toMatchObject([{ code: 'CLOSE_FAILED', error: { message: 'stuck handle' } }]);
  });
});
