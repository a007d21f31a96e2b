import type { Engine } from './engine.ts';
import type { QuarantineReport } from './report.ts';

/** What becomes of deltas. @public */
export interface DeltaStatus {
  /** Since opening: deltas that were logged, and those that were ignored because all in them was known. */
  readonly accepted: number;
  readonly ignored: number;
  /** Records of deltas that tasks have set aside since opening, or since their store was last rebuilt. */
  readonly quarantined: QuarantineReport;
  /** What tasks have counted while they applied deltas: kind → how often. */
  readonly findings: Readonly<Record<string, number>>;
  readonly log: {
    readonly sizeBytes: number;
    readonly maxBytes: number;
    readonly policy: 'backpressure' | 'resnapshot';
    /** End of the last delta that was logged; `undefined` before the first. */
    readonly through: bigint | undefined;
    /** What it holds, each without a gap: everything after `from`, up to and with `through`. Normally one. */
    readonly stretches: readonly { readonly from: bigint; readonly through: bigint }[];
  };
}

/**
 * What does not go on by itself at once, and why:
 * `first-switch` nothing is live yet; `rebuild` a store must be rebuilt before it follows its source again; `source` that
 * needs a source, and none was given to `open`; `gap` changes are missing in the log; `lag` a switch waits until the lag is
 * small; `switch` a switch waits for `switchNow()`; `freeze` the live data stands still for a switch; `log-room` `consume`
 * waits for room in the log; `retry` a failed run is tried again later; `circuit` no run may start; `decision` an open
 * decision is read back when the directory is reopened.
 *
 * @public
 */
export type WaitingFor =
  | 'first-switch'
  | 'rebuild'
  | 'source'
  | 'gap'
  | 'lag'
  | 'switch'
  | 'freeze'
  | 'log-room'
  | 'retry'
  | 'circuit'
  | 'decision';

/** What the status needs to know of the intake. */
export interface IntakeCounts {
  readonly accepted: number;
  readonly ignored: number;
  readonly isWaiting: boolean;
}

export function deltaStatus({ deltas, options, live }: Engine, intake: IntakeCounts): DeltaStatus {
  const generations = [...(live.current?.stores.values() ?? [])];
  const { log, setAside } = deltas;
  return {
    accepted: intake.accepted,
    ignored: intake.ignored,
    quarantined: setAside.quarantined(generations),
    findings: setAside.findings(generations),
    log: {
      sizeBytes: log.sizeBytes,
      maxBytes: options.maxDeltaLogBytes,
      policy: options.deltaLogPolicy,
      through: log.tail?.sequence,
      stretches: log.stretches.map(({ from, through }) => ({ from, through })),
    },
  };
}

export function waitingFor(
  engine: Engine,
  told: {
    readonly intake: IntakeCounts;
    readonly retryAtMs: number | undefined;
    readonly circuitOpenUntilMs: number | undefined;
  },
): readonly WaitingFor[] {
  const { live, deltas, gate, options, undecided } = engine;
  const stores = [...(live.current?.stores.values() ?? [])];
  // Added, volatile after a restart, or damaged: the others are served without it.
  const isMissing = engine.tasks.some(
    ({ store }) => live.current !== undefined && live.generationOf(store) === undefined,
  );
  const needsRebuild =
    isMissing ||
    deltas.wantsWholeRebuild ||
    stores.some((shared) => shared.outdated || deltas.blockOf(shared) !== undefined);
  const hasGap = stores.some((shared) => deltas.isBehindGap(shared));
  const holds: Readonly<Record<WaitingFor, boolean>> = {
    'first-switch': live.current === undefined,
    rebuild: needsRebuild,
    source: (needsRebuild || hasGap) && options.source === undefined,
    gap: hasGap,
    lag: gate.waitingFor === 'lag',
    switch: gate.waitingFor === 'switch',
    freeze: deltas.appliers.isPaused,
    'log-room': told.intake.isWaiting,
    retry: told.retryAtMs !== undefined,
    circuit: told.circuitOpenUntilMs !== undefined,
    decision: undecided !== undefined,
  };
  return WAITING.filter((what) => holds[what]);
}

const WAITING: readonly WaitingFor[] = [
  'first-switch',
  'rebuild',
  'source',
  'gap',
  'lag',
  'switch',
  'freeze',
  'log-room',
  'retry',
  'circuit',
  'decision',
];
