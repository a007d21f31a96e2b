import type { ReconStatusSource } from '../../recon/index.ts';
import { isObject, type OutsideStatus, type StatusJson } from '../outside-status.ts';

/**
 * What `status.json` tells for the status rows. Whatever another version may have left out is left out here too. A run whose
 * process is gone is over, whatever it wrote last.
 */
export function storedStatus(outside: OutsideStatus): ReconStatusSource {
  const { status } = outside;
  return {
    state: textOf(status?.['state']) ?? 'NONE',
    stores: objectsOf(status?.['stores']).map((store) => ({
      store: textOf(store['store']) ?? '',
      live: numberOf(store['live']),
      sequence: sequenceOf(store['sequence']),
      blocked: blockedOf(store['blocked']),
    })),
    run: isHeld(outside) ? runOf(status?.['run']) : undefined,
    lastReport: reportOf(status?.['lastReport']),
  };
}

/** Whether the process that wrote it may still live. */
export function isHeld({ holderState }: OutsideStatus): boolean {
  return holderState === 'running' || holderState === 'unknown';
}

function blockedOf(value: unknown): { readonly reason: string } | undefined {
  return isObject(value) ? { reason: textOf(value['reason']) ?? '' } : undefined;
}

function runOf(value: unknown): ReconStatusSource['run'] {
  if (!isObject(value)) return undefined;
  return { startedAtMs: numberOf(value['startedAtMs']) ?? 0, tasks: tasksOf(value['tasks']) };
}

function reportOf(value: unknown): ReconStatusSource['lastReport'] {
  if (!isObject(value)) return undefined;
  const { snapshot } = value;
  const sequence = isObject(snapshot) ? sequenceOf(snapshot['sequence']) : undefined;
  return {
    generation: numberOf(value['generation']),
    outcome: textOf(value['outcome']) ?? '',
    startedAtMs: numberOf(value['startedAtMs']) ?? 0,
    durationMs: numberOf(value['durationMs']) ?? 0,
    snapshot: sequence === undefined ? undefined : { sequence },
    tasks: tasksOf(value['tasks']),
  };
}

function tasksOf(value: unknown) {
  return objectsOf(value).map((task) => ({
    taskName: textOf(task['taskName']) ?? '',
    outcome: textOf(task['outcome']) ?? '',
  }));
}

function objectsOf(value: unknown): readonly StatusJson[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Sequences are decimal strings in JSON. */
function sequenceOf(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : undefined;
}
