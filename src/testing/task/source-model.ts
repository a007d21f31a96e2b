import type { BytesOrText } from '../../source/bytes-or-text.ts';
import type { SeededRandom } from '../seeded-random.ts';

/**
 * One row of the modelled source.
 *
 * @public
 */
export interface ModelRow {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** A row and the table that it lies in. @public */
export interface TableRow extends ModelRow {
  readonly table: string;
}

/**
 * The modelled source as it is just before an operation.
 *
 * @public
 */
export interface ModelRows {
  /** All rows of a table, in the order in which their keys came. */
  of(table: string): readonly ModelRow[];
  /** `undefined` when there is no such row. */
  get(table: string, key: BytesOrText): Buffer | undefined;
}

/**
 * What an operation does to one row: writes it, or, without a value, deletes it.
 *
 * @public
 */
export interface SourceChange {
  readonly table: string;
  readonly key: BytesOrText;
  readonly value?: BytesOrText | undefined;
  /** Becomes `data` of the event. */
  readonly data?: unknown;
}

/**
 * What the author's source may look like, and what may happen to it. Both functions must draw all that is random from the
 * `random` that they are given, and keep nothing between two calls: a seed then repeats the history. Few keys and few
 * different values make the best histories: rows meet each other.
 *
 * @public
 */
export interface SourceModel {
  /** All tables of the source, also those that begin without rows. */
  readonly tables: readonly string[];
  /** The rows that a history begins with. */
  initial(
    random: SeededRandom,
  ): Readonly<Record<string, Iterable<readonly [key: BytesOrText, value: BytesOrText]>>>;
  /**
   * One operation of the source: its changes of one or several rows, in their order. They get one sequence, so that no delta
   * ends between them.
   */
  operation(random: SeededRandom, rows: ModelRows): readonly SourceChange[];
}

/** How one table of `rowsModel` looks. @public */
export interface ModelledTable {
  /** How many different keys there are. */
  readonly keys: number;
  /** Makes a value for a key. */
  value(random: SeededRandom, key: string): BytesOrText;
}

/**
 * The model of a source whose rows have nothing to do with each other: they are created, overwritten (now and then with what
 * they are already), deleted and created again.
 *
 * @public
 */
export function rowsModel(tables: Readonly<Record<string, ModelledTable>>): SourceModel {
  const named = Object.entries(tables);
  const keyOf = (random: SeededRandom, { keys }: ModelledTable): string => `k${String(random.below(keys))}`;
  return {
    tables: Object.keys(tables),
    initial: (random) =>
      Object.fromEntries(
        named.map(([table, shape]) => [
          table,
          Array.from({ length: random.below(shape.keys + 1) }, () => {
            const key = keyOf(random, shape);
            return [key, shape.value(random, key)] as const;
          }),
        ]),
      ),
    operation(random, rows) {
      const [table, shape] = random.pick(named);
      const row = rows.of(table).length === 0 ? undefined : random.pick(rows.of(table));
      const kind = random.below(10);
      if (row !== undefined && kind < 3) return [{ table, key: row.key }];
      if (row !== undefined && kind === 3) return [{ table, key: row.key, value: row.value }];
      const key = row !== undefined && kind < 6 ? row.key.toString() : keyOf(random, shape);
      return [{ table, key, value: shape.value(random, key) }];
    },
  };
}
