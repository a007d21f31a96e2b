import { errorMessage } from '../../errors.ts';
import type { Fields, Scalar, TableDecoder } from './decode-rows.ts';
import { fieldDifferences, idList, isIds, type FieldDifference, type IdList } from './field-differences.ts';
import type { WrongRow } from './wrong-rows.ts';

/** The fields of a value; of a set of ids only the first ones. */
export type ToldFields = Readonly<Record<string, Scalar | readonly number[] | IdList>>;

/**
 * What only Recon's deltas can have left, never its rebuild:
 * `negative` a count or size below zero; `detached` a directory that has a name and no parent.
 */
export type Hint = 'negative' | 'detached';

/** A wrong row by its fields. */
export interface ToldRow {
  readonly kind: WrongRow['kind'];
  readonly keyHex: string;
  /** `undefined` when the key is none of this table. */
  readonly key: Fields | undefined;
  /** Path of the directory, bucket or key, where it can be told. */
  readonly path: string | undefined;
  /** `undefined` when the Recon has no such row, or its value cannot be read. */
  readonly recon: ToldFields | undefined;
  readonly rebuilt: ToldFields | undefined;
  /** Empty unless the kind is `different`. */
  readonly differences: readonly FieldDifference[];
  readonly hints: readonly Hint[];
  /** Why the Recon's key or value cannot be read. */
  readonly unreadable: string | undefined;
}

/** A wrong row, and its parts as they are needed to find its path. */
export interface DecodedRow {
  readonly told: ToldRow;
  readonly value: Fields | undefined;
}

export function decodeWrongRow(decoder: TableDecoder, row: WrongRow): DecodedRow {
  const { kind, recon, rebuilt } = row;
  const key = read(() => decoder.key(row.key));
  const theirs = recon === undefined ? {} : read(() => decoder.value(recon));
  const ours = rebuilt === undefined ? undefined : decoder.value(rebuilt);
  const told: ToldRow = {
    kind,
    keyHex: row.key.toString('hex'),
    key: key.fields,
    path: undefined,
    recon: theirs.fields && brief(theirs.fields),
    rebuilt: ours && brief(ours),
    differences:
      theirs.fields === undefined || ours === undefined ? [] : fieldDifferences(theirs.fields, ours),
    hints: theirs.fields === undefined ? [] : hintsOf(theirs.fields),
    unreadable: key.problem ?? theirs.problem,
  };
  return { told, value: theirs.fields ?? ours };
}

/** Whether two values whose bytes differ mean the same. */
export function meanTheSame(decoder: TableDecoder, recon: Buffer, rebuilt: Buffer): boolean {
  const theirs = read(() => decoder.value(recon)).fields;
  return theirs !== undefined && fieldDifferences(theirs, decoder.value(rebuilt)).length === 0;
}

function read(decode: () => Fields): { readonly fields?: Fields; readonly problem?: string } {
  try {
    return { fields: decode() };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

function brief(fields: Fields): ToldFields {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, isIds(value) ? idList(value) : value]),
  );
}

/** Rows of old Recon versions have -1 where a size was not known. */
function hintsOf(recon: Fields): readonly Hint[] {
  const { replicatedSizeOfFiles, dirName, parentId } = recon;
  const amounts = Object.entries(recon)
    .filter(([field]) => !['childDir', 'parentId', 'replicatedSizeOfFiles'].includes(field))
    .flatMap(([, value]) => value);
  const isNegative =
    amounts.some((amount) => typeof amount !== 'string' && amount < 0) ||
    (typeof replicatedSizeOfFiles === 'bigint' && replicatedSizeOfFiles < -1n);
  const isDetached = dirName !== undefined && dirName !== '' && parentId === 0n;
  return [...(isNegative ? (['negative'] as const) : []), ...(isDetached ? (['detached'] as const) : [])];
}
