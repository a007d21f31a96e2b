import { LEGAL_TRANSITIONS } from '../../src/index.ts';

/** The page of the state machine, made from its table. */
export function stateMachinePage(): string {
  const rows = LEGAL_TRANSITIONS.map(
    ({ from, event, to, when }) => `| \`${from}\` | \`${event}\` | \`${to}\` | ${when} |`,
  );
  const arrows = LEGAL_TRANSITIONS.map(({ from, event, to }) => `  ${from} --> ${to}: ${event}`);
  return [
    '# The state machine of a run',
    '',
    '<!-- Made from LEGAL_TRANSITIONS by test/reprocessor/machine.test.ts; `vitest run test/reprocessor/machine -u` writes it. -->',
    '',
    '`status().state` is one of these states, and the event `phase` tells each change.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> NONE',
    ...arrows,
    '```',
    '',
    '| from | event | to | when |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
