import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { StagedReprocessor, type OpenOptions, type ReprocessStatus, type Stores } from '../../src/index.ts';
import { adoptOptions, bringData, broughtLevel } from './brought-data.ts';
import type { HostRequest } from './host.ts';
import { leftovers } from './leftovers.ts';
import { versionsOf } from './read-versions.ts';
import { runHost, type HostEnd } from './run-host.ts';
import { makeHome, openOptions, sourceOf, storesOf, type World } from './world.ts';

export type Scenario = HostRequest['scenario'];
export const SCENARIOS = ['run', 'task-error', 'switch-error', 'rollback', 'adopt'] as const;

/** A directory as it is before the process that will be killed. */
export async function prepareHome(dataDir: string, world: World, scenario: Scenario): Promise<void> {
  await (scenario === 'adopt' ? bringData(dataDir, world) : makeHome(dataDir, world));
}

export function copyHome(from: string, to: string): string {
  if (existsSync(from)) cpSync(from, to, { recursive: true });
  if (existsSync(broughtLevel(from))) cpSync(broughtLevel(from), broughtLevel(to), { recursive: true });
  return to;
}

export function removeHome(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true });
  rmSync(broughtLevel(dataDir), { recursive: true, force: true });
}

export function runScenario(
  dataDir: string,
  world: World,
  scenario: Scenario,
  killAt: number | string,
): Promise<HostEnd> {
  const throwing = scenario === 'switch-error' ? { throwAt: '6-committed' } : {};
  return runHost({ dataDir, world, scenario, killAt, ...throwing });
}

/** The version that all stores must tell, by the points that the dead process had passed. */
export function rightVersion(scenario: Scenario, { points }: HostEnd): number {
  const wrote = (after: string): boolean => {
    const at = points.indexOf(after);
    return at >= 0 && points.slice(at).includes('control:written');
  };
  // The first write after this point is the intent, and that after the other one the abort.
  if (!wrote('4-ready') || wrote('rollback:before')) return 2;
  return scenario === 'rollback' ? 1 : 3;
}

function durable(world: World): readonly string[] {
  return Object.keys(storesOf(world)).filter((store) => store !== 'cache');
}

/** The four laws after a crash: right data, nothing left over, and the next run works. */
export async function expectRecovered(
  dataDir: string,
  world: World,
  scenario: Scenario,
  version: number,
  next = 4,
): Promise<void> {
  const options: OpenOptions<Stores> = {
    ...openOptions(dataDir, world),
    ...(scenario === 'adopt' ? { adopt: adoptOptions(dataDir, world) } : {}),
  };
  if (scenario !== 'adopt') {
    const { problems } = await StagedReprocessor.diagnose(dataDir, options.stores);
    assert.deepEqual(problems, []);
  }
  const stores = durable(world);
  const first = await StagedReprocessor.open(options);
  first.on('alert', () => undefined);
  try {
    assert.equal(first.status().state, 'NONE');
    assert.deepEqual(await versionsOf(first, stores), all(stores, version));
  } finally {
    await first.close();
  }
  expectNothingLeft(dataDir, first.status(), scenario);
  const second = await StagedReprocessor.open(options);
  second.on('alert', () => undefined);
  try {
    await second.reprocess({ source: sourceOf(next) });
    const everything = Object.keys(options.stores);
    assert.deepEqual(await versionsOf(second, everything), all(everything, next));
    assert.equal(second.status().leases, 0);
  } finally {
    await second.close();
  }
  expectNothingLeft(dataDir, second.status(), scenario);
}

function all(stores: readonly string[], version: number): Record<string, number> {
  return Object.fromEntries(stores.map((store) => [store, version]));
}

/** Only what the last status of a closed reprocessor names is there. */
export function expectNothingLeft(
  dataDir: string,
  closed: Pick<ReprocessStatus, 'stores'>,
  scenario: Scenario = 'run',
): void {
  const kept = closed.stores.map(({ store, live, retained, discarding }) => {
    assert.deepEqual(discarding, []);
    const generations = [...(live === undefined ? [] : [live]), ...retained];
    // The adopted LevelDB lies where its host put it.
    const isBrought = scenario === 'adopt' && store === 'words';
    return [store, isBrought ? generations.filter((generation) => generation !== 1) : generations];
  });
  assert.deepEqual(leftovers(dataDir, Object.fromEntries(kept) as Record<string, number[]>), []);
  if (scenario === 'adopt' && existsSync(broughtLevel(dataDir))) {
    assert.ok(existsSync(`${broughtLevel(dataDir)}/CURRENT`));
  }
}
