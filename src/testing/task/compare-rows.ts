import { inspect } from 'node:util';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { StoreAdapter } from '../../store/store.ts';
import type { Derived } from './rebuild-rows.ts';
import type { DerivedRows } from './derived-rows.ts';

/** How many rows of a table are shown. */
const SHOWN = 5;

/**
 * Every table in which incremental rows differ from rebuilt ones, by what a person can read; nothing when none does. Columns that
 * the adapter leaves out of the comparison may differ.
 */
export function differingRows(incremental: Derived, rebuilt: Derived): readonly string[] {
  return [...incremental].flatMap(([store, rows]) => {
    const wanted = rebuilt.get(store);
    if (wanted === undefined) return [];
    return rows.adapter.tables.flatMap(({ name }) => {
      const lines = tableLines(rows, wanted, name);
      if (lines.length === 0) return [];
      const more = lines.length > SHOWN ? [`    and ${String(lines.length - SHOWN)} more`] : [];
      return [`  store '${store}', table '${name}':`, ...lines.slice(0, SHOWN), ...more];
    });
  });
}

function tableLines(incremental: DerivedRows, rebuilt: DerivedRows, table: string): readonly string[] {
  const { adapter } = incremental;
  const wanted = new Map(rebuilt.all(table).map((row) => [keyOf(row), row]));
  const lines: string[] = [];
  for (const row of incremental.all(table)) {
    const other = wanted.get(keyOf(row));
    wanted.delete(keyOf(row));
    if (other === undefined) lines.push(`    too much: ${shown(adapter, table, row)}`);
    else if (!isSame(adapter, table, row, other)) {
      lines.push(
        `    wrong: ${shown(adapter, table, row)}`,
        `      must be: ${shown(adapter, table, other)}`,
      );
    }
  }
  for (const row of wanted.values()) lines.push(`    missing: ${shown(adapter, table, row)}`);
  return lines;
}

function isSame(adapter: StoreAdapter, table: string, left: RowBytes, right: RowBytes): boolean {
  const comparable = (value: Uint8Array): Uint8Array => adapter.comparable?.(table, value) ?? value;
  return Buffer.compare(comparable(left.value), comparable(right.value)) === 0;
}

function shown(adapter: StoreAdapter, table: string, row: RowBytes): string {
  try {
    return adapter.decodeRow(table, row).map(valueText).join(' → ');
  } catch {
    return `${bytesText(row.key)} → ${bytesText(row.value)}, which cannot be decoded`;
  }
}

function valueText(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Infinity, maxStringLength: 200, maxArrayLength: 20 });
}

function keyOf({ key }: RowBytes): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

/** Source bytes as text where they are some, else in hexadecimal. */
export function bytesText(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return 'none';
  const text = Buffer.from(bytes).toString('utf8');
  return /^[\x20-\x7e]*$/u.test(text) ? JSON.stringify(text) : `<${Buffer.from(bytes).toString('hex')}>`;
}
