import { DataDirectory } from './data-directory.ts';
import type { ControlRecord } from './control-record.ts';
import { diagnosePass, type DiagnosisPass, type ToldProblem } from './diagnose-pass.ts';
import { OwnerFile, type LockHolder } from './owner-file.ts';
import type { RunSummary } from './run-summary.ts';
import type { Stores } from '../store/lease.ts';
import type { FoundGeneration } from '../store/store.ts';

/** @public */
export interface DiagnosedStore {
  readonly store: string;
  readonly kind: string;
  /** As recorded; `undefined` when nothing is live. */
  readonly live: number | undefined;
  /** What lies there. */
  readonly generations: readonly FoundGeneration[];
}

/** What `diagnose()` found. @public */
export interface Diagnosis {
  readonly format: 1;
  readonly directory: string;
  /** Whether opening would be refused as things are (apart from a lock). */
  readonly healthy: boolean;
  /** Who opened the directory and has not closed it: it may be dead. */
  readonly holder: LockHolder | undefined;
  readonly homeId: string | undefined;
  readonly revision: number | undefined;
  readonly live: number | undefined;
  readonly retained: readonly number[];
  /** A switch that was begun and not ended; the next open ends it. */
  readonly unfinished: 'intent' | 'abort' | undefined;
  readonly stores: readonly DiagnosedStore[];
  readonly runs: readonly RunSummary[];
  /** One sentence each: what is wrong. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  /** One sentence each: what the next open will do. */
  readonly next: readonly string[];
}

/** A directory that another process works on is looked at so often, before what is always found counts. */
const PASSES = 5;

/** Reads copies, so that it changes no byte under the directory; it may be open in another process meanwhile. */
export async function diagnose(dataDir: string, stores: Stores): Promise<Diagnosis> {
  const home = new DataDirectory(dataDir);
  const { record, runs, inspections, problems } = await settledPass(home, stores);
  return {
    format: 1,
    directory: home.path,
    healthy: problems.length === 0,
    holder: await new OwnerFile(home.owner).read(),
    homeId: record?.homeId,
    revision: record?.revision,
    live: record?.live?.generation,
    retained: record?.retained.map(({ generation }) => generation) ?? [],
    unfinished: record?.switching?.decision,
    stores: [...inspections].map(([store, { generations }]) => ({
      store,
      kind: stores[store]?.kind ?? '',
      live: record?.live?.stores[store],
      generations,
    })),
    runs,
    problems,
    next: nextSteps(record, problems.length > 0),
  };
}

/** Another process may change the directory between two looks: then only what every pass finds is a problem. */
async function settledPass(home: DataDirectory, stores: Stores): Promise<DiagnosisPass> {
  let pass = await diagnosePass(home, stores);
  let { problems } = pass;
  for (let passes = 1; passes < PASSES && pass.wasChanged && problems.length > 0; passes++) {
    pass = await diagnosePass(home, stores);
    problems = pass.wasChanged ? common(problems, pass.problems) : pass.problems;
  }
  return { ...pass, problems };
}

function common(left: readonly ToldProblem[], right: readonly ToldProblem[]): readonly ToldProblem[] {
  return left.filter(({ message }) => right.some((problem) => problem.message === message));
}

function nextSteps(record: ControlRecord | undefined, hasProblems: boolean): readonly string[] {
  if (hasProblems) return ['Opening is refused and changes nothing.'];
  if (record === undefined) return ['Opening starts a fresh directory that is not ready.'];
  const { switching } = record;
  if (switching === null) return ['Opening serves the live generation.'];
  const to = String(switching.to.generation);
  return switching.decision === 'intent'
    ? [`Opening finishes the switch to generation ${to}.`]
    : [`Opening finishes taking back the switch to generation ${to}.`];
}
