import { StagedReprocessError } from '../../errors.ts';
import type { Finding, QuarantinedRecord } from '../../task/context.ts';
import type { QuarantineReport } from '../report.ts';

/** How many quarantined records are shown. */
const SHOWN = 20;

/** What one attempt of a task sets aside. */
export interface SetAsideAttempt {
  /** @throws StagedReprocessError `REPROCESS_QUARANTINED` past the limit */
  quarantine(record: QuarantinedRecord): void;
  find(finding: Finding): void;
  /** What was set aside up to here stands. */
  keep(): void;
  /**
   * Also for a task that catches what `quarantine` throws, record by record.
   *
   * @throws StagedReprocessError `REPROCESS_QUARANTINED` past the limit
   */
  check(): void;
}

/** What one delta makes the tasks of a store set aside. */
export interface SetAsideDraft {
  attempt(): SetAsideAttempt;
  /** The delta is in the data: what stands of it is counted. */
  count(): void;
}

/** Names one generation of one store. */
export interface AsideOf {
  readonly store: string;
  readonly generation: number;
}

/** Of one generation: what was set aside in deltas that were applied to it since the reprocessor was opened. */
interface StoreAside extends AsideOf {
  count: number;
  readonly first: { table: string; key: string; reason: string }[];
  readonly findings: Map<string, number>;
}

/**
 * What tasks have set aside while they applied deltas, a generation: what a rebuild sets aside while it catches up counts
 * once it is live, and what the data before had set aside no longer.
 */
export class SetAside {
  readonly #limit: number;
  readonly #onFirst: (record: QuarantinedRecord) => void;
  #generations: StoreAside[] = [];

  /** `onFirst` is told the first record, so that somebody looks. */
  constructor(limit: number, onFirst: (record: QuarantinedRecord) => void) {
    this.#limit = limit;
    this.#onFirst = onFirst;
  }

  draft(of: AsideOf): SetAsideDraft {
    const aside = this.#find(of) ?? {
      store: of.store,
      generation: of.generation,
      count: 0,
      first: [],
      findings: new Map<string, number>(),
    };
    if (this.#find(of) === undefined) this.#generations.push(aside);
    const records: QuarantinedRecord[] = [];
    const findings: Finding[] = [];
    return {
      attempt: () => this.#attempt(aside, records, findings),
      count: () => {
        for (const record of records) this.#quarantine(aside, record);
        for (const { kind } of findings) aside.findings.set(kind, (aside.findings.get(kind) ?? 0) + 1);
      },
    };
  }

  #attempt(aside: StoreAside, keptRecords: QuarantinedRecord[], keptFindings: Finding[]): SetAsideAttempt {
    let records: QuarantinedRecord[] = [];
    let findings: Finding[] = [];
    const check = (): void => {
      if (aside.count + keptRecords.length + records.length <= this.#limit) return;
      throw new StagedReprocessError(
        'REPROCESS_QUARANTINED',
        `More than ${String(this.#limit)} records of deltas were quarantined`,
        { details: { maxQuarantined: this.#limit } },
      );
    };
    return {
      quarantine: (record) => {
        records.push(record);
        check();
      },
      check,
      find: (finding) => {
        findings.push(finding);
      },
      keep: () => {
        keptRecords.push(...records);
        keptFindings.push(...findings);
        records = [];
        findings = [];
      },
    };
  }

  /** Forgets the generations that are not live: a rebuild has looked at everything anew. */
  keepOnly(live: readonly AsideOf[]): void {
    this.#generations = this.#among(live);
  }

  /** Of the generations given. */
  quarantined(live: readonly AsideOf[]): QuarantineReport {
    const asides = this.#among(live);
    const count = asides.reduce((sum, aside) => sum + aside.count, 0);
    return { count, first: asides.flatMap(({ first }) => first).slice(0, SHOWN) };
  }

  /** Of the generations given: kind → how often. */
  findings(live: readonly AsideOf[]): Readonly<Record<string, number>> {
    const all = new Map<string, number>();
    for (const { findings } of this.#among(live)) {
      for (const [kind, count] of findings) all.set(kind, (all.get(kind) ?? 0) + count);
    }
    return Object.fromEntries(all);
  }

  #among(live: readonly AsideOf[]): StoreAside[] {
    return live.flatMap((of) => this.#find(of) ?? []);
  }

  #find({ store, generation }: AsideOf): StoreAside | undefined {
    return this.#generations.find((aside) => aside.store === store && aside.generation === generation);
  }

  #quarantine(aside: StoreAside, record: QuarantinedRecord): void {
    aside.count += 1;
    // Of a rebuild that meets what the live data has met already, nobody need be told.
    const known = this.#generations.some(
      (other) => other !== aside && other.store === aside.store && other.count > 0,
    );
    if (aside.count === 1 && !known) this.#onFirst(record);
    if (aside.first.length >= SHOWN) return;
    const { table, key, reason } = record;
    aside.first.push({ table, key: Buffer.from(key).toString('hex'), reason });
  }
}
