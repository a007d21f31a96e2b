import type { RowBytes } from '../../src/store/generation-writer.ts';
import type { GenerationView, ViewOptions } from '../../src/store/open-generation.ts';
import type { TableIterator } from '../../src/store/table.ts';
import { inOpened, inStore, wholeOpened } from './broken-store.ts';
import type { Adapter, BrokenStore, Opened } from './broken-store.ts';
import type { MemoryReader } from './memory-subject.ts';

async function* changedRows(
  rows: AsyncIterable<readonly RowBytes[]>,
  change: (rows: readonly RowBytes[]) => readonly RowBytes[],
): AsyncGenerator<readonly RowBytes[], void, undefined> {
  for await (const batch of rows) yield change(batch);
}

/** What views of an old generation see when they follow the switch. */
function followingViews(follows: (frozen: boolean) => boolean): (adapter: Adapter) => Adapter {
  return inStore((store) => {
    let live: Opened | undefined;
    return {
      async commit(change) {
        await store.commit(change);
        live = await store.openGeneration(change.to);
      },
      async openGeneration(generation) {
        const opened = await store.openGeneration(generation);
        return {
          ...wholeOpened(opened),
          view: (check, options) => {
            const own = opened.view(check, options);
            const at = live;
            return {
              release: () => {
                own.release();
              },
              reader: {
                table: (name) => {
                  const moved =
                    live !== undefined && live !== at && follows(options.frozen) ? live : undefined;
                  return (moved?.view(check, options) ?? own).reader.table(name);
                },
              },
            };
          },
        };
      },
    };
  });
}

/** A view whose open iterations end at the release as if they were whole. */
function quietlyEnding(
  opened: Opened,
  check: () => void,
  options: ViewOptions,
): GenerationView<MemoryReader> {
  const { reader } = opened.view(check, options);
  let ended = false;
  return {
    release: () => {
      ended = true;
    },
    reader: {
      table: (name) => {
        const table = reader.table(name);
        const iterator = table.iterator.bind(table);
        return Object.assign(table, { iterator: () => quiet(iterator(), () => ended) });
      },
    },
  };
}

function quiet<T>(iterator: TableIterator<T>, ended: () => boolean): TableIterator<T> {
  return {
    next: () => iterator.next(),
    nextv: (size) => iterator.nextv(size),
    all: () => iterator.all(),
    close: () => iterator.close(),
    async *[Symbol.asyncIterator]() {
      for await (const item of iterator) {
        if (ended()) return;
        yield item;
      }
    },
  };
}

export const brokenReaders: readonly BrokenStore[] = [
  {
    what: 'disturbs other readers by a discard',
    seenBy: 'a view keeps its generation across a switch',
    change: inStore((store) => {
      const opened = new Set<Opened>();
      return {
        async openGeneration(generation) {
          const one = await store.openGeneration(generation);
          opened.add(one);
          return one;
        },
        async discard(generation) {
          for (const one of opened) await one.close();
          await store.discard(generation);
        },
      };
    }),
  },
  {
    what: 'truncates rows()',
    seenBy: 'rows in key order are read back, staged and prepared',
    change: inOpened((opened) => ({
      rows: (table, range) => changedRows(opened.rows(table, range), (batch) => batch.slice(0, 100)),
    })),
  },
  {
    what: 'gives rows() in another order',
    seenBy: 'rows in key order are read back, staged and prepared',
    change: inOpened((opened) => ({
      rows: (table, range) => changedRows(opened.rows(table, range), (batch) => batch.toReversed()),
    })),
  },
  {
    what: 'counts wrong',
    seenBy: 'a table without rows stays empty beside full ones',
    change: inOpened((opened) => ({ count: async (table) => (await opened.count(table)) + 1 })),
  },
  {
    what: 'finds rows that are not there',
    seenBy: 'stage makes an empty staged generation with a marker',
    change: inOpened((opened) => ({
      get: async (table, key) => (await opened.get(table, key)) ?? new Uint8Array(0),
    })),
  },
  {
    what: 'hands out its own bytes',
    seenBy: 'bytes that are handed out are the own of the one who asked',
    change: inOpened((opened) => {
      const kept = new Map<string, Promise<RowBytes[]>>();
      const all = async (table: string): Promise<RowBytes[]> =>
        (await Array.fromAsync(opened.rows(table))).flat();
      return {
        async *rows(table) {
          const rows = kept.get(table) ?? all(table);
          kept.set(table, rows);
          yield await rows;
        },
      };
    }),
  },
  {
    what: 'shows the next generation to a view',
    seenBy: 'a view keeps its generation across a switch',
    change: followingViews((frozen) => !frozen),
  },
  {
    what: 'does not freeze a frozen view',
    seenBy: 'a frozen view keeps its generation across a switch',
    change: followingViews((frozen) => frozen),
  },
  {
    what: 'opens the newest generation whatever it is asked for',
    seenBy: 'commit is idempotent',
    change: inStore((store) => ({
      async openGeneration(generation) {
        const { generations } = await store.inspect();
        const opened = await store.openGeneration(generations.at(-1)?.generation ?? generation);
        return { ...wholeOpened(opened), generation };
      },
    })),
  },
  {
    what: 'opens what is not there as empty',
    seenBy: 'a fresh store holds nothing',
    change: inStore((store) => ({
      openGeneration: (generation) =>
        store.openGeneration(generation).catch(async () => {
          await store.stage(generation).then((writer) => writer.finish());
          return store.openGeneration(generation);
        }),
    })),
  },
  {
    what: 'never asks check',
    seenBy: 'check is asked before each operation, and its error is the one told',
    change: inOpened((opened) => ({ view: (_check, options) => opened.view(() => undefined, options) })),
  },
  {
    what: 'wraps the error of check',
    seenBy: 'check is asked before each operation, and its error is the one told',
    change: inOpened((opened) => ({
      view: (check, options) =>
        opened.view(() => {
          try {
            check();
          } catch (error) {
            throw new Error('wrapped', { cause: error });
          }
        }, options),
    })),
  },
  {
    what: 'goes on reading after the release',
    seenBy: 'a view reads nothing once it is released, nor does what it had open',
    change: inOpened((opened) => ({
      view: (check, options) => ({ reader: opened.view(check, options).reader, release: () => undefined }),
    })),
  },
  {
    what: 'ends an open iteration quietly at the release',
    seenBy: 'a view reads nothing once it is released, nor does what it had open',
    change: inOpened((opened) => ({ view: (check, options) => quietlyEnding(opened, check, options) })),
  },
  {
    what: 'keeps views alive after close',
    seenBy: 'closing a generation ends its views; it may be closed twice',
    change: inOpened(() => ({ close: async () => undefined })),
  },
  {
    what: 'lets a reader write',
    seenBy: 'a reader cannot change anything',
    change: inOpened((opened) => {
      let cleared = false;
      return {
        count: async (table) => (cleared ? 0 : opened.count(table)),
        view: (check, options) => {
          const view = opened.view(check, options);
          const clear = (): void => {
            cleared = true;
          };
          return { ...view, reader: { table: (name) => Object.assign(view.reader.table(name), { clear }) } };
        },
      };
    }),
  },
];
