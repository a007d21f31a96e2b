import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, errorMessage } from '../errors.ts';
import type { Stores } from '../store/lease.ts';
import type { StoreInspection } from '../store/store.ts';
import { levelFingerprint } from './check-level-files.ts';
import { ControlLog } from './control-log.ts';
import type { ControlRecord } from './control-record.ts';
import type { DataDirectory } from './data-directory.ts';
import { LevelControlStore } from './level-control-store.ts';
import { reconcile } from './reconcile.ts';
import type { RunSummary } from './run-summary.ts';
import { lostWrites, StatusFile } from './status-file.ts';
import { pathExists } from '../store/path-exists.ts';

export interface ToldProblem {
  readonly code: string;
  readonly message: string;
}

/** What one look at a directory found. */
export interface DiagnosisPass {
  readonly record: ControlRecord | undefined;
  readonly runs: readonly RunSummary[];
  readonly inspections: ReadonlyMap<string, StoreInspection>;
  readonly problems: readonly ToldProblem[];
  /** Whether another process changed the control store meanwhile, so that what was read may not belong together. */
  readonly wasChanged: boolean;
}

export async function diagnosePass(home: DataDirectory, stores: Stores): Promise<DiagnosisPass> {
  const before = await fingerprint(home);
  const problems: ToldProblem[] = [];
  // First: it is written after the record, so what it has seen must be in the record that is read next.
  const witness = await new StatusFile(home.status).witness();
  const { record, runs } = await readControl(home, problems);
  const lost = lostWrites(record, witness);
  if (lost !== undefined) problems.push({ code: 'REPROCESS_CONTROL_CORRUPT', message: lost });
  const inspections = new Map<string, StoreInspection>();
  for (const [name, adapter] of Object.entries(stores)) {
    if (!adapter.supports.durable) continue;
    try {
      inspections.set(name, await inspect(home, record, name, stores));
    } catch (error) {
      problems.push({
        code: codeOf(error),
        message: `Store '${name}' cannot be inspected: ${errorMessage(error)}`,
      });
    }
  }
  problems.push(...reconcile(record, inspections));
  return { record, runs, inspections, problems, wasChanged: (await fingerprint(home)) !== before };
}

async function fingerprint(home: DataDirectory): Promise<string> {
  const owner = await readFile(home.owner, 'utf8').catch(() => '');
  return `${owner}\n${await levelFingerprint(home.control)}`;
}

async function readControl(
  home: DataDirectory,
  problems: ToldProblem[],
): Promise<{ readonly record: ControlRecord | undefined; readonly runs: readonly RunSummary[] }> {
  if (!(await pathExists(home.control))) return { record: undefined, runs: [] };
  const copy = await mkdtemp(join(tmpdir(), 'staged-reprocessor-'));
  try {
    await cp(home.control, copy, { recursive: true, filter: (path) => !path.endsWith('LOCK') });
    const store = new LevelControlStore(copy);
    try {
      await store.open();
      const log = new ControlLog(store);
      return { record: await log.read(), runs: await log.runs() };
    } finally {
      await store.close();
    }
  } catch (error) {
    problems.push({ code: codeOf(error), message: errorMessage(error) });
    return { record: undefined, runs: [] };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function inspect(
  home: DataDirectory,
  record: ControlRecord | undefined,
  name: string,
  stores: Stores,
): Promise<StoreInspection> {
  const adapter = stores[name];
  if (adapter === undefined) throw new TypeError(`There is no store '${name}'`);
  const adopted = Object.entries(record?.stores[name]?.generations ?? {}).find(
    ([, one]) => one.adopted !== undefined,
  );
  const store = await adapter.open({
    storeName: name,
    homeId: record?.homeId ?? '',
    directory: home.store(name),
    adopted:
      adopted === undefined
        ? undefined
        : { generation: Number(adopted[0]), location: adopted[1].adopted?.location ?? undefined },
    onBackgroundError: () => undefined,
  });
  try {
    return await store.inspect();
  } finally {
    await store.close();
  }
}

function codeOf(error: unknown): string {
  return errorCode(error) ?? 'UNKNOWN';
}
