import type { ControlRecord } from '../control/control-record.ts';
import { reconcile, type Problem } from '../control/reconcile.ts';
import { lostWrites, type StatusWitness } from '../control/status-file.ts';
import { StagedReprocessError } from '../errors.ts';
import type { StagedStore, StoreInspection } from '../store/store.ts';
import type { CheckedOptions } from './options.ts';
import { storeStep } from '../store/store-step.ts';

export interface RecordCheck {
  readonly options: CheckedOptions;
  /** As it was read; `undefined` in a directory without one. */
  readonly known: ControlRecord | undefined;
  /** As this process goes on with it. */
  readonly record: ControlRecord;
  readonly stores: ReadonlyMap<string, StagedStore>;
  readonly witness: StatusWitness | undefined;
}

/** Compares the record with the stores and with its witness; throws on the first contradiction, which names the others. */
export async function checkRecord(check: RecordCheck): Promise<void> {
  checkWitness(check.known, check.witness);
  const problems = reconcile(trusted(check), await inspectAll(check));
  const [first] = problems;
  if (first === undefined) return;
  throw new StagedReprocessError(first.code, sentence(problems), { details: { problems } });
}

/** A fresh directory has nothing to compare with, unless it adopts what lies there. */
function trusted({ known, record, options }: RecordCheck): ControlRecord | undefined {
  return known === undefined && options.adopt === undefined ? undefined : record;
}

async function inspectAll({ options, stores }: RecordCheck): Promise<ReadonlyMap<string, StoreInspection>> {
  const inspections = new Map<string, StoreInspection>();
  for (const [name, store] of stores) {
    if (options.stores[name]?.supports.durable !== true) continue;
    inspections.set(name, await storeStep(name, 'inspect', () => store.inspect()));
  }
  return inspections;
}

function checkWitness(known: ControlRecord | undefined, witness: StatusWitness | undefined): void {
  const lost = lostWrites(known, witness);
  if (lost === undefined) return;
  throw new StagedReprocessError('REPROCESS_CONTROL_CORRUPT', `${lost}. No data was changed`, {
    details: { revision: known?.revision ?? 0, seen: witness?.controlRevision },
  });
}

function sentence(problems: readonly Problem[]): string {
  const [first, ...others] = problems;
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more)`;
  return `${first?.message ?? ''}${more}. No data was changed`;
}
