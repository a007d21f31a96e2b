import type { RowBatch } from 'staged-reprocessor';

/** Rows of text as the library visits them. */
export function rowBatch(rows: readonly { readonly key: string; readonly value: string }[]): RowBatch {
  const keys = column(rows.map(({ key }) => key));
  const values = column(rows.map(({ value }) => value));
  return {
    length: rows.length,
    keys: keys.bytes,
    keyStarts: keys.starts,
    keyEnds: keys.ends,
    values: values.bytes,
    valueStarts: values.starts,
    valueEnds: values.ends,
    key: (index) => keys.bytes.subarray(keys.starts[index], keys.ends[index]),
    value: (index) => values.bytes.subarray(values.starts[index], values.ends[index]),
  };
}

function column(texts: readonly string[]): {
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
} {
  const parts = texts.map((text) => Buffer.from(text));
  const ends = new Int32Array(parts.length);
  let end = 0;
  for (const [index, part] of parts.entries()) ends[index] = end += part.length;
  const starts = ends.map((each, index) => each - (parts[index]?.length ?? 0));
  return { bytes: Buffer.concat(parts), starts, ends };
}
