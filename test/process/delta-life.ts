/**
 * A host in a process of its own that follows its source, and at the same time rebuilds, holds switches back, and rolls
 * back, until it is killed or has sent enough. Argument: a `LifeRequest` as JSON. Each line on stdout is written before
 * what it announces begins, or after what it tells has happened.
 */
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isReprocessError, StagedReprocessor, type Lease } from '../../src/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { DeltaHistory } from './delta-history.ts';
import { frozenRows, rowsOf, timesApplied, type StoreRows } from './delta-rows.ts';
import { cursorAt, deltaOptions, deltaSource, deltaTaskNames, type DeltaWorld } from './delta-world.ts';

export interface LifeRequest {
  readonly dataDir: string;
  readonly world: DeltaWorld;
  /** Of the source's history. */
  readonly historySeed: number;
  /** Of what this life does. */
  readonly seed: number;
  /** How the home begins: with nothing, or with a snapshot. */
  readonly begins: 'empty' | 'snapshot';
  /** The operation to begin with. */
  readonly first?: string;
  /** Dies by its own hand at the line after so many further ones behind the first that begins like this. */
  readonly dieAt?: { readonly line: string; readonly further: number };
  /** The fail-point that throws, once. */
  readonly throwAt?: string;
  readonly maxDeltaLogBytes: number;
  /** Source transactions to send at most, and operations to begin. */
  readonly maxSent: number;
  readonly maxOperations: number;
}

/** What stands in an `opened` line. */
export interface OpenedLine {
  readonly position: string | undefined;
  readonly cursor: unknown;
  readonly stores: StoreRows;
}

const request = JSON.parse(process.argv[2] ?? '') as LifeRequest;
const { dataDir, world, begins, maxSent, maxOperations, maxDeltaLogBytes, dieAt } = request;
const random = seededRandom(request.seed);
const history = new DeltaHistory(request.historySeed);
let { throwAt } = request;
let linesToDeath = dieAt === undefined ? Infinity : undefined;

function tell(line: string): void {
  writeSync(1, `${line}\n`);
  if (linesToDeath === undefined && dieAt !== undefined && line.startsWith(dieAt.line)) {
    linesToDeath = dieAt.further;
  }
  if (linesToDeath !== undefined && linesToDeath-- <= 0) process.kill(process.pid, 'SIGKILL');
}

/** Below it nothing was ever sent, so that no snapshot lies there. */
const base = begins === 'empty' ? 0n : 30n;
let sent = base;
const source = deltaSource(history, () => {
  const near = sent + BigInt(random.pick([0, 0, 0, 1, 5, -1, -5]));
  return near < base ? base : near;
});
const options = deltaOptions(dataDir, world);
const stores = Object.keys(options.stores);
const reprocessor = await StagedReprocessor.open({
  ...options,
  source,
  maxDeltaLogBytes,
  failPoint: (name) => {
    tell(`. ${name}`);
    // The live data still stands where the switch has put it.
    if (name === '8-flipped') tellSequences();
    if (name !== throwAt) return;
    throwAt = undefined;
    throw new Error('failed on purpose');
  },
});
reprocessor.on('alert', ({ code, message, error }) =>
  tell(`alert ${code} ${message} ${String(error?.message)}`),
);
reprocessor.on('applied', ({ store, sequence }) => tell(`applied ${store} ${String(sequence)}`));
for (const name of ['catch-up:begin', 'catch-up:end', 'freeze:begin', 'freeze:end'] as const) {
  reprocessor.on(name, () => tell(name));
}
reprocessor.on('switch:begin', () => tell('switch:begin'));
reprocessor.on('switch:end', () => tell('switch:end'));

function tellSequences(): void {
  for (const { store, sequence } of reprocessor.status().stores) tell(`applied ${store} ${String(sequence)}`);
}

async function openedLine(): Promise<OpenedLine> {
  const position = reprocessor.position();
  const told = reprocessor.status().ready ? await frozenRows(reprocessor, stores) : {};
  return { position: position?.sequence.toString(), cursor: position?.cursor, stores: told };
}

async function feed(): Promise<void> {
  const reads = new Set<Promise<void>>();
  const end = sent + BigInt(maxSent);
  while (sent < end) {
    const burst = random.below(8) === 0 ? 1 + random.below(6) : 1;
    await Promise.all(Array.from({ length: burst }, () => sendOne()));
    if (random.below(2) === 0) continue;
    const read = readOwn(sent).finally(() => reads.delete(read));
    reads.add(read);
    if (reads.size >= 4 || random.below(3) === 0) await Promise.race(reads);
  }
  await Promise.all(reads);
}

/** Sends the next transactions, now and then with some of those before. */
async function sendOne(): Promise<void> {
  const again = random.below(8) === 0 ? BigInt(random.below(5)) : 0n;
  const after = sent - again < base ? base : sent - again;
  const through = sent + 1n + BigInt(random.below(5));
  sent = through;
  const durable = random.below(3) > 0;
  await reprocessor.consume(
    { after, through, events: history.events(after, through), cursor: cursorAt(through) },
    { durable },
  );
  if (durable) tell(`acked ${String(through)}`);
}

/** A host reads its own change: every store must have it, once. */
async function readOwn(sequence: bigint): Promise<void> {
  const hasEntry = history.events(sequence - 1n, sequence).length > 0;
  const look = async (lease: Lease): Promise<void> => {
    if (lease.sequence < sequence) tell(`broken lease at ${String(lease.sequence)}, not ${String(sequence)}`);
    for (const store of stores) {
      const times = await timesApplied(lease, store, sequence);
      if (times !== (hasEntry ? 1 : 0)) {
        tell(`broken ${store} has change ${String(sequence)} ${String(times)} times`);
      }
    }
    tell(`pair ${String(sequence)}`);
  };
  await reprocessor.read(look, { atLeast: sequence, wait: true });
}

/** The first reads wait for the switch, so the one who lets it through must not wait for them. */
async function keepGate(): Promise<void> {
  for (; !over.signal.aborted; await setImmediate()) {
    if (reprocessor.status().waitingFor.includes('switch')) await lookAndSwitch();
  }
}

async function lookAndSwitch(): Promise<void> {
  const lease = await reprocessor.acquire({ generation: 'staged' });
  for (const store of stores) await rowsOf(lease, store);
  lease.release();
  reprocessor.switchNow();
}

async function operate(): Promise<void> {
  const names = ['rebuild', 'rebuild', 'held', 'lag', 'shadow', 'rollback', 'rollback', 'some'];
  for (let count = 0; count < maxOperations; count++) {
    const name = count === 0 ? (request.first ?? random.pick(names)) : random.pick(names);
    await attempt(name, () => operation(name));
  }
}

async function operation(name: string): Promise<unknown> {
  const { retained, ready } = reprocessor.status();
  // The first switch of a home is one of all its stores.
  switch (ready ? name : 'rebuild') {
    case 'rollback':
      return retained.length === 0 ? reprocessor.reprocess() : reprocessor.rollbackTo(random.pick(retained));
    case 'held':
      return reprocessor.reprocess({ switch: 'manually' });
    case 'lag':
      return reprocessor.reprocess({ switch: { lagUnder: 50n } });
    case 'shadow': {
      const { differences } = await reprocessor.reprocess({ shadow: true });
      const wrong = (differences ?? []).filter(
        (one) => one.stagedSequence === one.liveSequence && one.added + one.removed + one.changed > 0,
      );
      for (const one of wrong) tell(`broken shadow run differs: ${JSON.stringify(one.first)}`);
      return undefined;
    }
    case 'some':
      return reprocessor.reprocess({ tasks: [random.pick(deltaTaskNames(world))] });
    default:
      return reprocessor.reprocess();
  }
}

/** Refusals that the operation's own circumstances explain. */
function isExplained(error: unknown): boolean {
  // Drawn below what the log still has.
  if (isReprocessError(error, 'REPROCESS_SEQUENCE_GAP'))
    return error.details['snapshotSequence'] !== undefined;
  // A way back whose deltas went when the log was full, or were left out by this host.
  return isReprocessError(error, 'REPROCESS_LOG_TRUNCATED');
}

async function attempt(name: string, work: () => Promise<unknown>): Promise<void> {
  tell(`> ${name}`);
  try {
    await work();
    tell(`< ${name}`);
  } catch (error) {
    const isOnPurpose = request.throwAt !== undefined && throwAt === undefined;
    if (isOnPurpose || isExplained(error)) {
      tell(`< ${name} ${String(error)}`);
    } else {
      tell(`broken ${name}: ${String(error)} ${String((error as Error).cause)}`);
    }
  }
}

tell(`opened ${JSON.stringify(await openedLine())}`);
sent = reprocessor.position()?.sequence ?? base;
const isReady = reprocessor.status().ready;
if (!isReady && begins === 'empty') await attempt('empty', () => reprocessor.startEmpty(0n));
const over = new AbortController();
const operating = operate().finally(() => over.abort());
await Promise.all([operating, feed(), keepGate()]);
await reprocessor.close();
