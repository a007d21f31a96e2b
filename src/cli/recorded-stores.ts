import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { levelStore } from '../adapters/level/index.ts';
import { decodeControlRecord, type StoreRecord } from '../control/control-record.ts';
import { DataDirectory } from '../control/data-directory.ts';
import { LevelControlStore } from '../control/level-control-store.ts';
import type { Stores } from '../index.ts';
import { containerTables, namespaceTables, statsTables } from '../recon/index.ts';
import { reconStores } from './recon-stores.ts';

/** The stores of a directory, as far as the command line can make them. */
export interface RecordedStores {
  readonly isRecon: boolean;
  readonly stores: Stores;
  /** Names of stores of a kind that cannot be opened without their declaration. */
  readonly unreadable: readonly string[];
}

/**
 * Makes the stores that the control record names. LevelDB tables are read as bytes; SQL tables are declared by their
 * host, so only Recon's are known here.
 */
export async function recordedStores(dataDir: string): Promise<RecordedStores> {
  const recorded = await readStores(dataDir);
  // A damaged or missing record: whatever it was, Recon's stores are the best guess that the command line has.
  if (recorded === undefined || isRecon(recorded))
    return { isRecon: true, stores: { ...(await reconStores()) }, unreadable: [] };
  const level = Object.entries(recorded).filter(([, { kind }]) => kind === 'level');
  const bytes = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;
  return {
    isRecon: false,
    stores: Object.fromEntries(
      level.map(([name, { tables }]) => [
        name,
        levelStore({ tables: Object.fromEntries(tables.map((table) => [table, bytes])) }),
      ]),
    ),
    unreadable: Object.keys(recorded).filter((name) => recorded[name]?.kind !== 'level'),
  };
}

function isRecon(recorded: Readonly<Record<string, StoreRecord>>): boolean {
  const own = [
    shape('namespace', 'level', Object.keys(namespaceTables)),
    shape('containers', 'level', Object.keys(containerTables)),
    shape('stats', 'sqlite', Object.keys(statsTables)),
  ];
  const found = Object.entries(recorded).map(([name, { kind, tables }]) => shape(name, kind, tables));
  return isDeepStrictEqual(found.sort(), own.sort());
}

function shape(store: string, kind: string, tables: readonly string[]): string {
  return JSON.stringify([store, kind, tables.toSorted()]);
}

/** Reads a copy of the control store, so that no byte of the directory changes and no lock is needed. */
async function readStores(dataDir: string): Promise<Readonly<Record<string, StoreRecord>> | undefined> {
  const copy = await mkdtemp(join(tmpdir(), 'staged-reprocessor-'));
  try {
    await cp(new DataDirectory(dataDir).control, copy, {
      recursive: true,
      filter: (path) => !path.endsWith('LOCK'),
    });
    const store = new LevelControlStore(copy);
    try {
      await store.open();
      const text = await store.readRecord();
      const stores = text === undefined ? {} : decodeControlRecord(text).stores;
      return Object.keys(stores).length === 0 ? undefined : stores;
    } finally {
      await store.close();
    }
  } catch {
    return undefined;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
