export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Aligned lines without borders: a title line, then the rows. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  styleTitle: (text: string) => string = (text) => text,
): readonly string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const cell = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    if (columns[index]?.align === 'right') return text.padStart(width);
    return index === columns.length - 1 ? text : text.padEnd(width);
  };
  const titles = columns.map(({ title }, index) => cell(title, index)).join('  ');
  return [styleTitle(titles.trimEnd()), ...rows.map((row) => row.map(cell).join('  ').trimEnd())];
}
