import { Replication } from '../../ozone/protobuf/replication.ts';

const SLASH = 0x2f;
const PART_NUMBER_BYTES = 4;

/** The open uploads whose parts lie in `multipartPartsTable`, and how they are replicated. */
export class SplitUploads {
  readonly #uploads = new Map<string, Replication>();
  /** Few configurations are in use: uploads share them. */
  readonly #configurations = new Map<string, Replication>();

  /** Takes the upload with this key in `multipartInfoTable`; its id is what follows the last slash. */
  add(key: Uint8Array, replication: Replication): void {
    const { type, factor, data, parity, chunk } = replication;
    const name = [type, factor, data, parity, chunk].join(' ');
    let shared = this.#configurations.get(name);
    if (shared === undefined) {
      shared = new Replication();
      shared.copyFrom(replication);
      this.#configurations.set(name, shared);
    }
    this.#uploads.set(asMapKey(key.subarray(key.lastIndexOf(SLASH) + 1)), shared);
  }

  /** How the upload of a part is replicated; `undefined` when there is no such upload. */
  ofPart(uploadId: Uint8Array): Replication | undefined {
    return this.#uploads.get(asMapKey(uploadId));
  }
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

/** One character a byte keeps different bytes different. */
function asMapKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
