export { levelStore, type LevelStoreOptions } from './level-store.ts';
export {
  json,
  type AnyEncoding,
  type Decoded,
  type EncodingName,
  type EncodingTypes,
  type TableEncoding,
} from '../../store/table-encoding.ts';
export { mergeDecoded, sumInt64, type MergeRule } from '../../store/merge-rule.ts';
export type {
  ReadonlyTable,
  TableDefinition,
  TableDefinitions,
  TableEncodings,
  TableEntries,
  TableIterator,
  TableRange,
  TableReader,
  TableRows,
} from '../../store/table.ts';
