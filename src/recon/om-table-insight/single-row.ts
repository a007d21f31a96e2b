import type { RowBatch } from '../../source/source.ts';

/** One row after another as a batch of its own: what rebuilds do with rows, deltas do with the same code. */
export class SingleRow implements RowBatch {
  readonly length = 1;
  readonly keyStarts = Int32Array.of(0);
  readonly keyEnds = Int32Array.of(0);
  readonly valueStarts = Int32Array.of(0);
  readonly valueEnds = Int32Array.of(0);
  keys: Uint8Array = Uint8Array.of();
  values: Uint8Array = Uint8Array.of();

  /** The bytes are not copied. */
  set(key: Uint8Array, value: Uint8Array): this {
    this.keys = key;
    this.keyEnds[0] = key.length;
    this.values = value;
    this.valueEnds[0] = value.length;
    return this;
  }

  key(): Uint8Array {
    return this.keys;
  }

  value(): Uint8Array {
    return this.values;
  }
}
