import { LevelBytesReader, LevelDamage } from './level-damage.ts';

/** Which files a LevelDB consists of, as its MANIFEST says. */
export interface LevelVersion {
  /** Sizes of the table files, by number. */
  readonly tables: ReadonlyMap<number, number>;
  /** Logs from this number on are replayed. */
  readonly logNumber: number;
}

/**
 * Replays the version edits of a MANIFEST.
 *
 * @throws LevelDamage
 */
export function levelVersion(records: readonly Buffer[]): LevelVersion {
  const tables = new Map<number, number>();
  let logNumber = 0;
  for (const record of records) {
    const reader = new LevelBytesReader(record);
    while (!reader.atEnd) {
      const tag = reader.varint();
      switch (tag) {
        case 1: // comparator
          reader.skip(reader.varint());
          break;
        case 2:
          logNumber = reader.varint();
          break;
        case 3: // next file number
        case 4: // last sequence
        case 9: // log before the last one, not used any more
          reader.varint();
          break;
        case 5: // where a compaction goes on
          reader.varint();
          reader.skip(reader.varint());
          break;
        case 6:
          reader.varint();
          tables.delete(reader.varint());
          break;
        case 7: {
          reader.varint();
          const number = reader.varint();
          tables.set(number, reader.varint());
          reader.skip(reader.varint());
          reader.skip(reader.varint());
          break;
        }
        default:
          throw new LevelDamage(`it has an entry of the unknown kind ${String(tag)}`);
      }
    }
  }
  return { tables, logNumber };
}
