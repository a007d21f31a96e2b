import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/index.ts';
import { runHost } from '../process/run-host.ts';
import { controlFiles, expectKept, faultOf, makeControlHome, optionsOf, type Kept } from './control-home.ts';

/** Offsets tried in each state; the campaign (`SR_FLIPS=all`) tries them all. */
const TRIED = process.env['SR_FLIPS'] === 'all' ? Infinity : 250;

let root = '';
let home = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
  home = join(root, 'home');
  await makeControlHome(home);
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

async function keptOf(from: string): Promise<Kept> {
  const copy = join(root, 'intact');
  cpSync(from, copy, { recursive: true });
  const kept = await expectKept(optionsOf(copy));
  rmSync(copy, { recursive: true });
  return kept;
}

/** Flips bits at every offset, or at an even share of them that begins at random. */
async function flipAll(from: string): Promise<number> {
  const wanted = await keptOf(from);
  expect(wanted.runs).toHaveLength(3);
  const random = seededRandom(Math.floor(Math.random() * 2 ** 31));
  const all = controlFiles(from).flatMap(({ name, size }) =>
    Array.from({ length: size }, (_, offset) => ({ name, offset })),
  );
  const step = Math.max(1, Math.floor(all.length / TRIED));
  const tried = all.filter((_, index) => index % step === random.seed % step);
  const faults: string[] = [];
  for (const { name, offset } of tried) {
    const bits = 1 + random.below(255);
    const fault = await faultOf(
      from,
      join(root, 'copy'),
      name,
      (bytes) => {
        bytes.writeUInt8(bytes.readUInt8(offset) ^ bits, offset);
        return bytes;
      },
      wanted,
    );
    if (fault !== undefined) faults.push(`${name} ${String(offset)} ^${String(bits)}: ${fault}`);
  }
  expect(faults, `seed ${String(random.seed)}, step ${String(step)}`).toEqual([]);
  return tried.length;
}

test('a flipped byte in the control store of a closed directory is no loss', async () => {
  expect(await flipAll(home)).toBeGreaterThan(100);
}, 600_000);

test.each(['5-intent', '7-outcome', '1-staged'])(
  'a flipped byte in the control store of a process killed at %s is no loss',
  async (point) => {
    const dataDir = join(root, point);
    cpSync(home, dataDir, { recursive: true });
    const end = await runHost({ dataDir, world: 'level', scenario: 'run', killAt: point });
    expect(end.signal).toBe('SIGKILL');
    expect(await flipAll(dataDir)).toBeGreaterThan(100);
  },
  600_000,
);

test('a file that is cut off is no loss', async () => {
  const wanted = await keptOf(home);
  const faults: string[] = [];
  for (const { name, size } of controlFiles(home)) {
    const step = Math.max(1, Math.floor(size / 25));
    for (let length = 0; length < size; length += step) {
      const fault = await faultOf(
        home,
        join(root, 'copy'),
        name,
        (bytes) => bytes.subarray(0, length),
        wanted,
      );
      if (fault !== undefined) faults.push(`${name} cut to ${String(length)} of ${String(size)}: ${fault}`);
    }
  }
  expect(faults).toEqual([]);
}, 600_000);
