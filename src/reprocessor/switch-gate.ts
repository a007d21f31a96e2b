import { StagedReprocessError } from '../errors.ts';

/** Holds a switch back until somebody lets it through. */
export class SwitchGate {
  /** What a prepared run waits for; `undefined` when it does not. */
  waitingFor: 'lag' | 'switch' | undefined;
  #released = false;

  get isReleased(): boolean {
    return this.#released;
  }

  /** A new run: nobody has let it through yet. */
  close(): void {
    this.#released = false;
    this.waitingFor = undefined;
  }

  /** @throws StagedReprocessError `REPROCESS_NOT_READY` when no switch is held back */
  release(): void {
    if (this.waitingFor !== 'switch') {
      throw new StagedReprocessError(
        'REPROCESS_NOT_READY',
        'No switch is held back that could be let through',
      );
    }
    this.#released = true;
    this.waitingFor = undefined;
  }
}
