import type { Replication } from '../../ozone/protobuf/replication.ts';

/** How the parts of a split upload are replicated, in the form in which it is remembered: one for all that is no EC. */
export interface PartReplication {
  /** Copies of each byte; 1 when erasure coded. */
  readonly factor: number;
  /** Data and parity blocks of a stripe, and bytes of a chunk; 1, 0 and 1 when not erasure coded. */
  readonly data: number;
  readonly parity: number;
  readonly chunk: number;
}

const RATIS = 1;
const EC = 4;

/** Takes what counts out of a usable configuration. */
export function partReplication({ type, factor, data, parity, chunk }: Replication): PartReplication {
  if (type === EC) return { factor: 1, data, parity, chunk };
  return { factor: type === RATIS ? factor : 1, data: 1, parity: 0, chunk: 1 };
}

/** Replicated size in bytes of a part; may exceed 64 bits. @see Replication.replicatedBig */
export function replicatedPartSize(size: bigint, replication: PartReplication): bigint {
  const { factor, data, parity, chunk } = replication;
  // Java multiplies in 32 bits.
  const stripe = BigInt(Math.imul(data, chunk));
  const rest = size % stripe;
  const lastChunk = rest < BigInt(chunk) ? rest : BigInt(chunk);
  return size * BigInt(factor) + BigInt(parity) * ((size / stripe) * BigInt(chunk) + lastChunk);
}

export function isSameReplication(left?: PartReplication, right?: PartReplication): boolean {
  if (left === undefined || right === undefined) return left === right;
  const { factor, data, parity, chunk } = left;
  return factor === right.factor && data === right.data && parity === right.parity && chunk === right.chunk;
}
