import type { Fields, Scalar } from './decode-rows.ts';

/** Object ids: how many, and the first ones. */
export interface IdList {
  readonly count: number;
  readonly first: readonly bigint[];
}

/** One field in which two values differ. */
export interface FieldDifference {
  /** `fileSizeBucket[3]` for one number of a list. */
  readonly field: string;
  /** Of a set the number of its members. */
  readonly recon: Scalar;
  readonly rebuilt: Scalar;
  /** Of a set: what the Recon's lacks, and what it has too many. */
  readonly lacks?: IdList;
  readonly tooMany?: IdList;
}

const SHOWN_IDS = 10;

/** The fields of `recon` that differ from those of `rebuilt`; none when both mean the same. */
export function fieldDifferences(recon: Fields, rebuilt: Fields): readonly FieldDifference[] {
  return Object.entries(rebuilt).flatMap(([field, right]) => {
    const left = recon[field];
    if (left === undefined) return [];
    if (isIds(left) && isIds(right)) return setDifference(field, left, right);
    if (isNumbers(left) && isNumbers(right)) return listDifferences(field, left, right);
    if (typeof left === 'object' || typeof right === 'object') return [];
    return left === right ? [] : [{ field, recon: left, rebuilt: right }];
  });
}

export function idList(ids: readonly bigint[]): IdList {
  return { count: ids.length, first: ids.slice(0, SHOWN_IDS) };
}

/** `childDir` is a set: the order in which Recon writes it means nothing. */
export function isIds(value: Fields[string]): value is readonly bigint[] {
  return Array.isArray(value) && (value.length === 0 || typeof value[0] === 'bigint');
}

function isNumbers(value: Fields[string]): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

function setDifference(
  field: string,
  recon: readonly bigint[],
  rebuilt: readonly bigint[],
): readonly FieldDifference[] {
  const left = new Set(recon);
  const right = new Set(rebuilt);
  const lacks = rebuilt.filter((id) => !left.has(id));
  const tooMany = recon.filter((id) => !right.has(id));
  if (lacks.length === 0 && tooMany.length === 0) return [];
  return [{ field, recon: left.size, rebuilt: right.size, lacks: idList(lacks), tooMany: idList(tooMany) }];
}

function listDifferences(
  field: string,
  recon: readonly number[],
  rebuilt: readonly number[],
): readonly FieldDifference[] {
  const longer = Math.max(recon.length, rebuilt.length);
  return Array.from({ length: longer }, (_, index) => index)
    .filter((index) => recon[index] !== rebuilt[index])
    .map((index) => ({
      field: `${field}[${index}]`,
      recon: recon[index] ?? 'none',
      rebuilt: rebuilt[index] ?? 'none',
    }));
}
