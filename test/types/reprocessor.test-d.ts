import { describe, expectTypeOf, it } from 'vitest';
import { json, levelStore, type ReadonlyTable } from '../../src/adapters/level/index.ts';
import { memoryStore } from '../../src/adapters/memory/index.ts';
import {
  defineTask,
  StagedReprocessor,
  taskModule,
  type Lease,
  type ReaderOf,
  type ReprocessEvents,
  type Sink,
} from '../../src/index.ts';

const search = levelStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: json<string[]>() } } });
const counts = memoryStore({ tables: { days: { keyEncoding: 'utf8', valueEncoding: json<number>() } } });
const stores = { search, counts };

const searchTask = defineTask<typeof search, 'search'>({
  taskName: 'Search',
  version: 1,
  store: 'search',
  sourceTables: ['orders'],
  async reprocess(_snapshot, context) {
    const sink = context.sink('words');
    expectTypeOf(sink).toEqualTypeOf<Sink<readonly [key: string, value: string[]]>>();
    void sink.put('blue', ['o1']);
    // @ts-expect-error the value is a list of words
    void sink.put('blue', 'o1');
    // @ts-expect-error the table is of another store
    context.sink('days');
    return undefined;
  },
  async verify(staged, live) {
    expectTypeOf(staged.table('words').get('blue')).resolves.toEqualTypeOf<string[] | undefined>();
    expectTypeOf(live).toEqualTypeOf<ReaderOf<typeof search> | undefined>();
  },
});

describe('types', () => {
  it('flow from the stores to the leases', () => {
    const open = () => StagedReprocessor.open({ dataDir: 'x', stores, tasks: [searchTask] });
    expectTypeOf(open).toBeFunction();
    type Host = Awaited<ReturnType<typeof open>>;
    type HostLease = Awaited<ReturnType<Host['acquire']>>;
    expectTypeOf<HostLease>().toExtend<Lease<typeof stores>>();
    const use = (lease: HostLease) => {
      expectTypeOf(lease.store('search').table('words')).toEqualTypeOf<ReadonlyTable<string, string[]>>();
      expectTypeOf(lease.store('counts').table('days').get('x')).resolves.toEqualTypeOf<number | undefined>();
      expectTypeOf(lease.sequenceOf('search')).toEqualTypeOf<bigint>();
      // @ts-expect-error there is no such store
      lease.store('other');
      // @ts-expect-error there is no such table
      lease.store('search').table('days');
      expectTypeOf(lease.store('search').table('words')).not.toHaveProperty('put');
    };
    expectTypeOf(use).toBeFunction();
    const read = (host: Host) => host.read(async (lease) => lease.store('counts').table('days').get('x'));
    expectTypeOf(read).returns.resolves.toEqualTypeOf<number | undefined>();
  });

  it('tie a task to its store', () => {
    const ofOtherStore = defineTask<typeof search, 'counts'>({ ...searchTask, store: 'counts' });
    const unknownStore = defineTask<typeof search, 'nowhere'>({ ...searchTask, store: 'nowhere' });
    const opens = [
      () => StagedReprocessor.open({ dataDir: 'x', stores, tasks: [searchTask, taskModule('file:///t.js')] }),
      // @ts-expect-error the task writes rows of another store
      () => StagedReprocessor.open({ dataDir: 'x', stores, tasks: [ofOtherStore] }),
      // @ts-expect-error there is no such store
      () => StagedReprocessor.open({ dataDir: 'x', stores, tasks: [unknownStore] }),
      // @ts-expect-error there is no such option
      () => StagedReprocessor.open({ dataDir: 'x', stores, tasks: [searchTask], dataDri: 'x' }),
    ];
    expectTypeOf(opens).toBeArray();
  });

  it('name the events and what they carry', () => {
    const listen = (host: StagedReprocessor) => {
      host.on('switch:end', ({ switched, to }) => {
        expectTypeOf(switched).toEqualTypeOf<boolean>();
        expectTypeOf(to).toEqualTypeOf<number>();
      });
      host.on('alert', (alert) => {
        expectTypeOf(alert).toEqualTypeOf<ReprocessEvents['alert']>();
      });
      // @ts-expect-error there is no such event
      host.on('switched', () => undefined);
    };
    expectTypeOf(listen).toBeFunction();
  });
});
