import { bucketOperations } from './bucket-operations.ts';
import { fileOperations } from './file-operations.ts';
import { keyOperations } from './key-operations.ts';
import { openKeyOperations } from './open-key-operations.ts';
import type { OmOperation } from './operation.ts';
import { serviceOperations } from './service-operations.ts';
import { uploadOperations } from './upload-operations.ts';

/** Everything that happens to the modelled Ozone Manager, by name. */
export const OPERATIONS: Readonly<Record<string, OmOperation>> = {
  ...bucketOperations,
  ...fileOperations,
  ...keyOperations,
  ...openKeyOperations,
  ...serviceOperations,
  ...uploadOperations,
};
