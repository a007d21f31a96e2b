import { StagedReprocessError } from '../../errors.ts';

/** The refusal to work beside what is not the library's. Nothing was touched. */
export function foreignError(store: string, foreign: readonly string[]): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_FOREIGN_DATA',
    `The file of store \`${store}\` holds what is not the library's: ${foreign.join('; ')}`,
    { details: { store, foreign } },
  );
}
