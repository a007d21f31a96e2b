/**
 * A host in a process of its own that follows its source through one rebuild or one way back, step by step: nothing happens
 * at once with something else, so that every run meets the same fail-points as often. Argument: a `DeltaHostRequest` as JSON.
 * It writes the lines of `delta-life.ts`.
 */
import { writeSync } from 'node:fs';
import { StagedReprocessor } from '../../src/index.ts';
import { DeltaHistory } from './delta-history.ts';
import { cursorAt, deltaOptions, deltaSource, type DeltaWorld } from './delta-world.ts';

export interface DeltaHostRequest {
  readonly dataDir: string;
  readonly world: DeltaWorld;
  readonly historySeed: number;
  /** `open` applies what the log holds; `burst` sends a lot at once. */
  readonly scenario: 'run' | 'rollback' | 'burst' | 'open';
  /** The fail-point to die at: its name and how often it was met before, or its number among all; none when left out. */
  readonly killAt?: { readonly name: string; readonly before: number } | number;
}

const { dataDir, world, historySeed, scenario, killAt } = JSON.parse(
  process.argv[2] ?? '',
) as DeltaHostRequest;
const history = new DeltaHistory(historySeed);
const met = new Map<string, number>();
let calls = 0;
let sent = 0n;
let isFeeding = false;

/** Where the host sends its changes in the middle of a run, and whether the live data stands still there. */
const FED = new Map([
  ['1-staged', 'applied'],
  ['2-processed', 'applied'],
  ['4-ready', 'applied'],
  ['4-paused', 'logged'],
  ['4-frozen', 'logged'],
  ['5-intent', 'logged'],
  ['6-committed', 'logged'],
  ['8-flipped', 'logged'],
]);

function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

const reprocessor = await StagedReprocessor.open({
  ...deltaOptions(dataDir, world),
  failPoint: async (name) => {
    tell(`. ${name}`);
    const before = met.get(name) ?? 0;
    met.set(name, before + 1);
    const isHere =
      typeof killAt === 'number' ? calls === killAt : killAt?.name === name && killAt.before === before;
    calls += 1;
    if (isHere) process.kill(process.pid, 'SIGKILL');
    if (name === '8-flipped') tellSequences();
    const how = FED.get(name);
    if (isFeeding && how !== undefined) await send(how);
  },
});
reprocessor.on('alert', ({ code, message }) => tell(`alert ${code} ${message}`));
reprocessor.on('applied', ({ store, sequence }) => tell(`applied ${store} ${String(sequence)}`));
sent = reprocessor.position()?.sequence ?? 0n;

/** Where the switch has put the live data. */
function tellSequences(): void {
  for (const { store, sequence } of reprocessor.status().stores) tell(`applied ${store} ${String(sequence)}`);
}

async function send(how: string): Promise<void> {
  const after = sent;
  const through = (sent += 3n);
  await reprocessor.consume({
    after,
    through,
    events: history.events(after, through),
    cursor: cursorAt(through),
  });
  tell(`acked ${String(through)}`);
  if (how === 'applied') await reprocessor.whenApplied(through);
}

switch (scenario) {
  case 'run':
    await send('applied');
    isFeeding = true;
    tell('> rebuild');
    // It lies a little behind, so that there is something to catch up with.
    await reprocessor.reprocess({ source: deltaSource(history, () => sent - 2n) });
    break;
  case 'rollback':
    isFeeding = true;
    tell('> rollback');
    await reprocessor.rollbackTo(reprocessor.status().retained[0] ?? -1);
    break;
  case 'burst':
    tell('> burst');
    await Promise.all(Array.from({ length: 8 }, () => send('logged')));
    break;
  case 'open':
}
isFeeding = false;
await reprocessor.whenApplied(sent);
if (scenario !== 'open') await send('applied');
await reprocessor.close();
