import { humanCount } from '../quantities.ts';
import { textTable } from '../text-table.ts';
import type { FieldDifference, IdList } from './field-differences.ts';
import { amount, fieldTitle, filesOfSize } from './field-words.ts';
import { printable } from '../printable.ts';
import type { Hint, ToldFields, ToldRow } from './told-row.ts';

const KINDS = { missing: 'missing', extra: 'too many', different: 'differs' } as const;
const INDENT = ' '.repeat(12);
const NO_LIST: IdList = { count: 0, first: [] };

const HINTS: Readonly<Record<Hint, string>> = {
  negative: "Below zero: only Recon's deltas leave such a row, its rebuild never does.",
  detached:
    "A directory with a name and without a parent: only Recon's deltas leave such a row, its rebuild never does.",
};

/** A wrong row for people. */
export function rowLines(row: ToldRow): readonly string[] {
  return [
    `  ${KINDS[row.kind].padEnd(8)}  ${title(row)}`,
    ...bodyLines(row).map((line) => `${INDENT}${line}`),
    ...row.hints.map((hint) => `${INDENT}${HINTS[hint]}`),
  ];
}

function title({ key, keyHex, path }: ToldRow): string {
  if (key === undefined) return `key 0x${keyHex}`;
  const shownPath = path === undefined ? undefined : printable(path);
  const { objectId, containerId, keyPrefix, keyVersion, volume, bucket, fileSizeUpperBound, name } = key;
  if (objectId !== undefined) {
    const id = `object ${String(objectId)}`;
    return shownPath === undefined ? `${id}, in no bucket of the Ozone Manager` : `${shownPath} (${id})`;
  }
  if (keyPrefix !== undefined) {
    const of = shownPath ?? printable(String(keyPrefix));
    return `${of}, version ${String(keyVersion)}, in container ${String(containerId)}`;
  }
  if (containerId !== undefined) return `container ${String(containerId)}`;
  if (typeof fileSizeUpperBound === 'bigint')
    return `${printable(`/${String(volume)}/${String(bucket)}`)}, ${filesOfSize(fileSizeUpperBound)}`;
  return printable(String(name));
}

function bodyLines(row: ToldRow): readonly string[] {
  const { kind, differences, unreadable } = row;
  if (unreadable !== undefined) return [`${unreadable}.`];
  if (kind === 'different') return differenceLines(row, differences);
  const fields = kind === 'missing' ? row.rebuilt : row.recon;
  const text = fields === undefined ? '' : fieldsText(row, fields);
  return text === '' ? [] : [text];
}

function differenceLines(row: ToldRow, differences: readonly FieldDifference[]): readonly string[] {
  const lines = differences.map(({ field, recon, rebuilt }) => [
    fieldTitle(field),
    amount(fieldOf(row, field), recon),
    `instead of ${amount(fieldOf(row, field), rebuilt)}`,
  ]);
  const [, ...aligned] = textTable([{ title: '' }, { title: '', align: 'right' }, { title: '' }], lines);
  const sets = differences.flatMap(({ lacks = NO_LIST, tooMany = NO_LIST }) => [
    ...idsLine('lacks', lacks),
    ...idsLine('too many', tooMany),
  ]);
  return [...aligned, ...sets];
}

function idsLine(what: string, { count, first }: IdList): readonly string[] {
  if (count === 0) return [];
  const more = count > first.length ? ` and ${humanCount(count - first.length)} more` : '';
  return [`  ${what}: ${first.map(String).join(', ')}${more}`];
}

/** Of a summary its totals; a row that says nothing but that it is there needs no words. */
function fieldsText(row: ToldRow, fields: ToldFields): string {
  return Object.entries(fields)
    .filter(([field]) => SHOWN.includes(field) && row.key?.['keyPrefix'] === undefined)
    .flatMap(([field, value]) =>
      typeof value === 'object' || value === ''
        ? []
        : `${fieldTitle(field)} ${amount(fieldOf(row, field), value)}`,
    )
    .join(', ');
}

const SHOWN = ['numOfFiles', 'sizeOfFiles', 'replicatedSizeOfFiles', 'dirName', 'count', 'value'];

/** Of the statistics the name says what the number is. */
function fieldOf({ key }: ToldRow, field: string): string {
  return field === 'value' ? String(key?.['name'] ?? field) : field;
}
