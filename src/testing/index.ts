export { faultyStore } from './faulty-store.ts';
export type { FaultyStore, FaultyStoreOptions, StoreCall } from './faulty-store.ts';
export { keyValueTable } from './key-value-table.ts';
export { seededRandom } from './seeded-random.ts';
export type { SeededRandom } from './seeded-random.ts';
export { sourceSuite } from './source-suite.ts';
export type { SourceSuiteOptions, SourceSuiteSubject } from './source/subject.ts';
export { simulatedClock } from './simulated-clock.ts';
export type { SimulatedClock } from './simulated-clock.ts';
export { storeSuite } from './store-suite.ts';
export type { StoreSuiteOptions, StoreSuiteSubject, StoreSuiteTable } from './store/subject.ts';
export type { SuiteRunner } from './suite-runner.ts';
export { taskSuite } from './task-suite.ts';
export type { EventOrder } from './task/event-order.ts';
export { rowsModel } from './task/source-model.ts';
export type {
  ModelledTable,
  ModelRow,
  ModelRows,
  SourceChange,
  SourceModel,
  TableRow,
} from './task/source-model.ts';
export type { TaskSuiteOptions } from './task/suite-options.ts';
export type { MergeRule } from '../store/merge-rule.ts';
export type {
  ReadonlyTable,
  TableDefinition,
  TableDefinitions,
  TableEncodings,
  TableIterator,
  TableRange,
  TableReader,
  TableRows,
} from '../store/table.ts';
export type {
  AnyEncoding,
  Decoded,
  EncodingName,
  EncodingTypes,
  TableEncoding,
} from '../store/table-encoding.ts';
