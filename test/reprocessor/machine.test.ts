import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { transition } from 'xstate';
import { getShortestPaths, getSimplePaths } from 'xstate/graph';
import { LEGAL_TRANSITIONS, type ReprocessState } from '../../src/index.ts';
import { Phase, reprocessMachine } from '../../src/reprocessor/machine.ts';
import { stateMachinePage } from './state-machine-page.ts';

const EVENTS = [...new Set(LEGAL_TRANSITIONS.map(({ event }) => event))];
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

type Event = (typeof EVENTS)[number];

/** Sends events to a fresh phase and tells every state it went through. */
function walk(events: readonly Event[]): { readonly phase: Phase; readonly states: ReprocessState[] } {
  const states: ReprocessState[] = ['NONE'];
  const phase = new Phase((to, from) => {
    expect(from).toBe(states.at(-1));
    states.push(to);
  });
  for (const event of events) phase.send(event);
  expect(phase.state).toBe(states.at(-1));
  return { phase, states };
}

function eventsOf(steps: readonly { readonly event: { readonly type: string } }[]): readonly Event[] {
  return steps
    .map(({ event }) => event.type)
    .filter((type): type is Event => EVENTS.some((one) => one === type));
}

describe('the state machine', () => {
  const paths = getSimplePaths(reprocessMachine);

  it('has paths to all its states', () => {
    const reached = new Set(paths.map(({ state }) => state.value));
    expect(reached).toEqual(new Set(STATES));
    expect(getShortestPaths(reprocessMachine)).toHaveLength(STATES.length);
  });

  it.each(paths.map((path) => [eventsOf(path.steps).join(' ') || '(start)', path] as const))(
    'walks %s as the table says',
    (_name, path) => {
      const events = eventsOf(path.steps);
      const { phase, states } = walk(events);
      expect(phase.state).toBe(path.state.value);
      for (const [index, event] of events.entries()) {
        const [from, to] = [states[index], states[index + 1]];
        expect(LEGAL_TRANSITIONS).toContainEqual(expect.objectContaining({ from, event, to }));
      }
    },
  );

  it('has exactly the transitions of its table', () => {
    const found = getShortestPaths(reprocessMachine).flatMap(({ state }) =>
      EVENTS.map((type) => {
        const [to] = transition(reprocessMachine, state, { type });
        return to.value === state.value ? undefined : `${state.value} ${type} ${to.value}`;
      }).filter((one) => one !== undefined),
    );
    expect(found.sort()).toEqual(
      LEGAL_TRANSITIONS.map(({ from, event, to }) => `${from} ${event} ${to}`).sort(),
    );
  });

  it('throws on every other event, in every state, and stays there', () => {
    for (const { steps, state } of getShortestPaths(reprocessMachine)) {
      for (const event of EVENTS) {
        if (LEGAL_TRANSITIONS.some((legal) => legal.from === state.value && legal.event === event)) continue;
        const { phase } = walk(eventsOf(steps));
        expect(() => {
          phase.send(event);
        }).toThrow(`The machine takes no ${event} in ${state.value}`);
        expect(phase.state).toBe(state.value);
      }
    }
  });

  it('can always come to rest: from every state a way leads to NONE', () => {
    for (const state of STATES) {
      let reachable = new Set<ReprocessState>([state]);
      for (let size = 0; size !== reachable.size;) {
        size = reachable.size;
        const next = LEGAL_TRANSITIONS.filter(({ from }) => reachable.has(from)).map(({ to }) => to);
        reachable = new Set([...reachable, ...next]);
      }
      expect([state, reachable.has('NONE')]).toEqual([state, true]);
    }
  });

  it('stands in docs/state-machine.md as it is', async () => {
    await expect(await format(stateMachinePage(), { parser: 'markdown' })).toMatchFileSnapshot(
      '../../docs/state-machine.md',
    );
  });
});
