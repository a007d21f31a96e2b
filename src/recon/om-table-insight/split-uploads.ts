import { keyName } from '../../store/table-changes.ts';
import type { PartReplication } from './part-replication.ts';

const SLASH = 0x2f;
const PART_NUMBER_BYTES = 4;

/** The open uploads whose parts lie in `multipartPartsTable`, and how they are replicated. */
export class SplitUploads {
  readonly #uploads = new Map<string, PartReplication>();
  /** Few configurations are in use: uploads share them. */
  readonly #configurations = new Map<string, PartReplication>();

  /** Takes the next upload of `multipartInfoTable`. Of several with one id the last one, with the greatest key, counts. */
  add(uploadId: Uint8Array, replication: PartReplication): void {
    const { factor, data, parity, chunk } = replication;
    const name = [factor, data, parity, chunk].join(' ');
    const shared = this.#configurations.get(name) ?? replication;
    this.#configurations.set(name, shared);
    this.#uploads.set(keyName(uploadId), shared);
  }

  /** How the parts of an upload are replicated; `undefined` when there is no such upload. */
  find(uploadId: Uint8Array): PartReplication | undefined {
    return this.#uploads.get(keyName(uploadId));
  }
}

/** The upload id in a key of `multipartInfoTable`: what follows the last slash. */
export function uploadIdOfUploadKey(key: Uint8Array): Uint8Array {
  return key.subarray(key.lastIndexOf(SLASH) + 1);
}

/**
 * The upload id in a key of `multipartPartsTable`: upload id, `/`, and the part number as an int32, which prefixes leave
 * out. `undefined` when the key is neither.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OmMultipartPartKey
 */
export function uploadIdOfPartKey(key: Uint8Array): Uint8Array | undefined {
  // The whole form first: the last byte of part 47 is a slash, too.
  const slash = key.length - PART_NUMBER_BYTES - 1;
  if (slash >= 0 && key[slash] === SLASH) return key.subarray(0, slash);
  if (key.length > 0 && key[key.length - 1] === SLASH) return key.subarray(0, key.length - 1);
  return undefined;
}
