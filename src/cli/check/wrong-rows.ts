import { throwIfAborted } from '../../errors.ts';
import type { Row } from './hex-rows.ts';

/** One row in which a Recon's table is wrong; what is `undefined` is not there. */
export interface WrongRow {
  readonly kind: 'missing' | 'extra' | 'different';
  readonly key: Buffer;
  readonly recon: Buffer | undefined;
  readonly rebuilt: Buffer | undefined;
}

/** Rows of both sides, counted while they are read. */
export interface RowTally {
  recon: number;
  rebuilt: number;
}

/**
 * Walks two streams that are in key order, side by side, and yields where they differ. `same` decides about values whose
 * bytes differ.
 */
export async function* wrongRows(
  recon: AsyncIterable<Row>,
  rebuilt: AsyncIterable<Row>,
  same: (recon: Buffer, rebuilt: Buffer) => boolean,
  tally: RowTally,
  signal: AbortSignal,
): AsyncGenerator<WrongRow> {
  const theirs = recon[Symbol.asyncIterator]();
  const ours = rebuilt[Symbol.asyncIterator]();
  try {
    let left = await next(theirs);
    let right = await next(ours);
    while (left !== undefined || right !== undefined) {
      throwIfAborted(signal);
      const order = left === undefined ? 1 : right === undefined ? -1 : Buffer.compare(left[0], right[0]);
      const isTheirs = order <= 0;
      const isOurs = order >= 0;
      const found = wrongRow(isTheirs ? left : undefined, isOurs ? right : undefined, same);
      if (found !== undefined) yield found;
      if (isTheirs) {
        tally.recon += 1;
        left = await next(theirs);
      }
      if (isOurs) {
        tally.rebuilt += 1;
        right = await next(ours);
      }
    }
  } finally {
    await theirs.return?.();
    await ours.return?.();
  }
}

async function next(rows: AsyncIterator<Row>): Promise<Row | undefined> {
  const result = await rows.next();
  return result.done === true ? undefined : result.value;
}

function wrongRow(
  recon: Row | undefined,
  rebuilt: Row | undefined,
  same: (recon: Buffer, rebuilt: Buffer) => boolean,
): WrongRow | undefined {
  if (recon === undefined)
    return rebuilt && { kind: 'missing', key: rebuilt[0], recon: undefined, rebuilt: rebuilt[1] };
  const [key, value] = recon;
  if (rebuilt === undefined) return { kind: 'extra', key, recon: value, rebuilt: undefined };
  if (value.equals(rebuilt[1]) || same(value, rebuilt[1])) return undefined;
  return { kind: 'different', key, recon: value, rebuilt: rebuilt[1] };
}
