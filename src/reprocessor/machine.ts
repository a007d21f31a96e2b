import { initialTransition, setup, transition, type SnapshotFrom } from 'xstate';

/** @public */
export type ReprocessState =
  | 'NONE'
  | 'INITIALIZING'
  | 'PROCESSING'
  | 'READY_TO_COMMIT'
  | 'COMMITTING'
  | 'COMMITTED'
  | 'ROLLING_BACK'
  | 'FAILED';

/** What moves the machine. @public */
export type ReprocessMachineEvent =
  | { readonly type: 'START' }
  | { readonly type: 'START_ROLLBACK' }
  | { readonly type: 'STAGED' }
  | { readonly type: 'PROCESSED' }
  | { readonly type: 'DECIDED' }
  | { readonly type: 'SWITCHED' }
  | { readonly type: 'RETIRED' }
  | { readonly type: 'CANCEL' }
  | { readonly type: 'FAIL' }
  | { readonly type: 'FAILED' }
  | { readonly type: 'ABORTED' }
  | { readonly type: 'RECOVERY_FAILED' }
  | { readonly type: 'RESET' };

/** One row of `LEGAL_TRANSITIONS`. @public */
export interface LegalTransition {
  readonly from: ReprocessState;
  readonly event: ReprocessMachineEvent['type'];
  readonly to: ReprocessState;
  /** One sentence for the documentation. */
  readonly when: string;
}

/** The whole machine as data: the machine, its documentation and its tests are made from this table. @public */
export const LEGAL_TRANSITIONS: readonly LegalTransition[] = Object.freeze([
  { from: 'NONE', event: 'START', to: 'INITIALIZING', when: 'a run starts' },
  { from: 'NONE', event: 'START_ROLLBACK', to: 'READY_TO_COMMIT', when: '`rollbackTo` starts' },
  { from: 'NONE', event: 'RECOVERY_FAILED', to: 'FAILED', when: 'a recovery at open could not finish' },
  { from: 'INITIALIZING', event: 'STAGED', to: 'PROCESSING', when: 'the staged generations exist' },
  { from: 'INITIALIZING', event: 'FAIL', to: 'ROLLING_BACK', when: 'a step failed, or the run was aborted' },
  { from: 'PROCESSING', event: 'PROCESSED', to: 'READY_TO_COMMIT', when: 'all tasks have succeeded' },
  { from: 'PROCESSING', event: 'FAIL', to: 'ROLLING_BACK', when: 'a task failed, or the run was aborted' },
  {
    from: 'READY_TO_COMMIT',
    event: 'DECIDED',
    to: 'COMMITTING',
    when: 'verified and prepared; the intent is being written',
  },
  { from: 'READY_TO_COMMIT', event: 'CANCEL', to: 'NONE', when: 'a shadow run has ended' },
  { from: 'READY_TO_COMMIT', event: 'FAIL', to: 'ROLLING_BACK', when: 'verification or preparation failed' },
  { from: 'COMMITTING', event: 'SWITCHED', to: 'COMMITTED', when: 'the outcome is durable' },
  { from: 'COMMITTING', event: 'FAIL', to: 'ROLLING_BACK', when: 'a store could not commit' },
  { from: 'COMMITTED', event: 'RETIRED', to: 'NONE', when: 'the old generations are retired' },
  { from: 'ROLLING_BACK', event: 'FAILED', to: 'FAILED', when: 'a failed run is undone' },
  { from: 'ROLLING_BACK', event: 'ABORTED', to: 'NONE', when: 'an aborted run is undone' },
  { from: 'FAILED', event: 'START', to: 'INITIALIZING', when: 'a retry starts' },
  { from: 'FAILED', event: 'RESET', to: 'NONE', when: 'the failure is put aside' },
] as const);

const STATES: readonly ReprocessState[] = [
  'NONE',
  'INITIALIZING',
  'PROCESSING',
  'READY_TO_COMMIT',
  'COMMITTING',
  'COMMITTED',
  'ROLLING_BACK',
  'FAILED',
];

/** Pure: no I/O, no timers, no `invoke`, so that every path can be enumerated. */
export const reprocessMachine = setup({
  types: { events: {} as ReprocessMachineEvent },
}).createMachine({
  id: 'reprocess',
  initial: 'NONE',
  states: Object.fromEntries(
    STATES.map((state) => [
      state,
      {
        on: Object.fromEntries(
          LEGAL_TRANSITIONS.filter(({ from }) => from === state).map(({ event, to }) => [
            event,
            { target: to },
          ]),
        ),
      },
    ]),
  ),
});

/** Holds the machine's state; an event that the table does not know is a mistake of the engine's. */
export class Phase {
  #snapshot: SnapshotFrom<typeof reprocessMachine> = initialTransition(reprocessMachine)[0];
  readonly #onChange: (to: ReprocessState, from: ReprocessState) => void;

  constructor(onChange: (to: ReprocessState, from: ReprocessState) => void) {
    this.#onChange = onChange;
  }

  get state(): ReprocessState {
    const value = STATES.find((state) => this.#snapshot.matches(state));
    if (value === undefined) throw new Error('The machine is in no known state');
    return value;
  }

  send(type: ReprocessMachineEvent['type']): void {
    const from = this.state;
    if (!LEGAL_TRANSITIONS.some((legal) => legal.from === from && legal.event === type)) {
      throw new Error(`The machine takes no ${type} in ${from}`);
    }
    [this.#snapshot] = transition(reprocessMachine, this.#snapshot, { type });
    this.#onChange(this.state, from);
  }
}
