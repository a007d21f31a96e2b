import { isError } from '../../errors.ts';
import type { Bucket, Key, Volume } from './om-records.ts';

/** What a path names, in Recon's words. */
export type Entity =
  | { readonly type: 'ROOT' }
  | { readonly type: 'VOLUME'; readonly volume: Volume }
  | { readonly type: 'BUCKET'; readonly bucket: Bucket }
  | {
      readonly type: 'DIRECTORY';
      readonly bucket: Bucket;
      readonly objectId: bigint;
      /** Path in the bucket, without slashes at its ends. */
      readonly path: string;
    }
  | { readonly type: 'KEY'; readonly key: Key };

export type EntityType = Entity['type'];

/** Something went wrong with the path that was asked for. */
export class PathError extends Error {
  override readonly name = 'PathError';
  readonly status: 'PATH_NOT_FOUND' | 'TYPE_NOT_APPLICABLE';

  constructor(status: PathError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

export function isPathError(error: unknown): error is PathError {
  return isError(error) && error.name === 'PathError';
}
