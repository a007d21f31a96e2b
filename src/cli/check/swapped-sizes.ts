import type { WrongRow } from './wrong-rows.ts';

/** Recon's rebuild writes each of these two under the name of the other. */
export const SWAPPED_SIZES = ['deletedTableReplicatedDataSize', 'deletedTableUnReplicatedDataSize'] as const;

/**
 * Leaves out the two sizes of `deletedTable` when they are exactly each other's: that is a defect of every Recon, not of
 * this one's data. `found` is called then. All other rows pass.
 */
export async function* withoutSwappedSizes(
  rows: AsyncIterable<WrongRow>,
  found: () => void,
): AsyncGenerator<WrongRow> {
  const names = SWAPPED_SIZES.map((name) => Buffer.from(name, 'utf8'));
  const held: WrongRow[] = [];
  for await (const row of rows) {
    if (names.some((name) => name.equals(row.key))) held.push(row);
    else yield row;
  }
  const [first, second] = held;
  if (first !== undefined && second !== undefined && areSwapped(first, second)) found();
  else yield* held;
}

function areSwapped(first: WrongRow, second: WrongRow): boolean {
  return isValueOf(first.recon, second.rebuilt) && isValueOf(second.recon, first.rebuilt);
}

function isValueOf(recon: Buffer | undefined, rebuilt: Buffer | undefined): boolean {
  return recon !== undefined && rebuilt !== undefined && recon.equals(rebuilt);
}
