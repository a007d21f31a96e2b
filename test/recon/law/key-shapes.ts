import type { SeededRandom } from '../../../src/testing/index.ts';
import { EC, RATIS, STAND_ALONE, type EcConfig, type Group } from '../../ozone/protobuf/ozone-records.ts';

/** How a key is replicated. */
export interface Replicated {
  readonly type: number;
  readonly factor: number;
  readonly ec?: EcConfig;
}

/** Size, replication and blocks of a key. */
export interface KeyShape extends Replicated {
  readonly size: bigint;
  readonly groups: readonly Group[];
}

const REPLICATIONS: readonly Replicated[] = [
  { type: RATIS, factor: 1 },
  { type: RATIS, factor: 3 },
  { type: STAND_ALONE, factor: 1 },
  { type: STAND_ALONE, factor: 3 },
  { type: EC, factor: 1, ec: { data: 3, parity: 2, chunk: 1 << 20 } },
  { type: EC, factor: 1, ec: { data: 10, parity: 4, codec: 'xor', chunk: 1024 } },
];

/** On both sides of the bounds of bins, of stripes, and of what a double keeps exactly. */
const SIZES = [0n, 1n, 10n, 1000n, 1024n, 1025n, 5000n, 3n << 20n, 1n << 40n, (1n << 50n) - 1n, 1n << 50n];

/** Few containers; several versions, one container several times, and no block at all. */
const GROUPS: readonly (readonly Group[])[] = [
  [],
  [{ version: 0, containers: [1] }],
  [{ version: 0, containers: [2, 3, 2] }],
  [
    { version: 0, containers: [1, 2] },
    { version: 1, containers: [2] },
  ],
  [
    { version: 1, containers: [3] },
    { version: 1, containers: [3, 1] },
  ],
];

export function randomReplication(random: SeededRandom): Replicated {
  return random.pick(REPLICATIONS);
}

export function randomShape(random: SeededRandom): KeyShape {
  return { ...randomReplication(random), size: random.pick(SIZES), groups: random.pick(GROUPS) };
}
