import type { FullOmAddress } from './om-address.ts';
import { allUnavailable, OmUnavailable } from './om-errors.ts';

/** Tries several addresses until one is the leader's, and remembers it. */
export class FailOver {
  readonly #addresses: readonly FullOmAddress[];
  #leader = 0;

  constructor(addresses: readonly FullOmAddress[]) {
    this.#addresses = addresses;
  }

  /** This one is the leader: it is the first that is tried from now on. */
  leads(address: FullOmAddress): void {
    this.#leader = Math.max(0, this.#addresses.indexOf(address));
  }

  /**
   * Calls `attempt` for each address, the last leader's first, until one does not throw `OmUnavailable`. What else one
   * throws is thrown at once.
   *
   * @throws StagedReprocessError `REPROCESS_OM_UNAVAILABLE` when all have failed.
   */
  async first<T>(attempt: (address: FullOmAddress) => Promise<T>): Promise<T> {
    const failures: OmUnavailable[] = [];
    const start = this.#leader;
    for (let turn = 0; turn < this.#addresses.length; turn++) {
      const address = this.#addresses[(start + turn) % this.#addresses.length];
      if (address === undefined) continue;
      try {
        const result = await attempt(address);
        this.leads(address);
        return result;
      } catch (error) {
        if (!(error instanceof OmUnavailable)) throw error;
        failures.push(error);
      }
    }
    throw allUnavailable(failures);
  }
}
