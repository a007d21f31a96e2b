import { FILE_SIZE_BINS, fileSizeUpperBound } from '../../recon/index.ts';
import { humanCount, humanSize } from '../quantities.ts';
import type { Scalar } from './decode-rows.ts';
import { printable } from '../printable.ts';

const TITLES: Readonly<Record<string, string>> = {
  numOfFiles: 'files',
  sizeOfFiles: 'size',
  replicatedSizeOfFiles: 'with replicas',
  childDir: 'sub-directories',
  dirName: 'name',
  parentId: 'parent',
  count: 'count',
  value: 'value',
};

const BIN = /^fileSizeBucket\[(\d+)\]$/;
const LAST_BIN = FILE_SIZE_BINS - 1;
const SMALLEST = fileSizeUpperBound(0);
const LARGEST = fileSizeUpperBound(2n ** 50n);

/** A field in words. */
export function fieldTitle(field: string): string {
  const bin = BIN.exec(field)?.[1];
  return bin === undefined ? (TITLES[field] ?? field) : binTitle(Number(bin));
}

/** The last bin has no upper end. */
function binTitle(bin: number): string {
  return `direct ${bin >= LAST_BIN ? `files above ${humanSize(2 ** 49)}` : filesOfSize(2n ** BigInt(10 + bin))}`;
}

/** Files that are counted under this upper bound in bytes; each bound is the double of the one below it. */
export function filesOfSize(bound: bigint): string {
  if (bound === LARGEST) return 'files of 1.0 PB and more';
  const upper = humanSize(bound);
  return bound <= SMALLEST ? `files up to ${upper}` : `files of ${humanSize(bound / 2n)} to ${upper}`;
}

/** A value of a field, with its unit. */
export function amount(field: string, value: Scalar): string {
  if (typeof value === 'string') return `'${printable(value)}'`;
  if (field === 'parentId') return value === 0n ? 'none' : String(value);
  return isSize(field) ? sizeText(value) : humanCount(value);
}

function isSize(field: string): boolean {
  return field === 'sizeOfFiles' || field === 'replicatedSizeOfFiles' || field.endsWith('DataSize');
}

/** The exact number too: what is wrong may be a single byte. */
function sizeText(bytes: bigint | number): string {
  const human = humanSize(bytes);
  return BigInt(bytes) < 1024n && BigInt(bytes) > -1024n ? human : `${human} (${humanCount(bytes)} B)`;
}
