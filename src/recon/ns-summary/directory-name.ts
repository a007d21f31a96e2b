const SLASH = 0x2f;

/**
 * The name that Recon stores for a directory: one that ends in a slash loses it, and repeated slashes become one.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OzoneFSUtils.removeTrailingSlashIfNeeded
 */
export function directoryName(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end === start || bytes[end - 1] !== SLASH) return bytes.subarray(start, end);
  const name = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== SLASH || length === 0 || name[length - 1] !== SLASH) name[length++] = byte;
  }
  return name.subarray(0, length > 1 ? length - 1 : length);
}
