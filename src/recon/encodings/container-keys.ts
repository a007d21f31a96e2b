import { int64Bytes, readInt64, viewOf } from './big-endian.ts';

const UNDERSCORE = 0x5f;

/**
 * What a row of `containerKeyTable` or `keyContainerTable` says: a version of a key has blocks in a container. The value
 * of such a row is always the int32 1.
 *
 * @public
 */
export interface ContainerKey {
  readonly containerId: bigint;
  /** The key's row key in `keyTable` or `fileTable`. */
  readonly keyPrefix: string;
  readonly keyVersion: bigint;
}

/**
 * The key of a row of `containerKeyTable`: container id, `_`, row key, `_`, version. Also the start of a range, when
 * the version, or row key and version, are left out.
 *
 * @see org.apache.hadoop.ozone.recon.spi.impl.ContainerKeyPrefixCodec
 * @public
 */
export function encodeContainerKey(
  part: Pick<ContainerKey, 'containerId'> & Partial<ContainerKey>,
): Uint8Array {
  const pieces = [int64Bytes(part.containerId)];
  if (part.keyPrefix !== undefined) pieces.push(utf8(part.keyPrefix));
  if (part.keyPrefix !== undefined && part.keyVersion !== undefined) pieces.push(int64Bytes(part.keyVersion));
  return joined(pieces);
}

/** Reads a whole key of `containerKeyTable`. Throws `TypeError` when the bytes are none. @public */
export function decodeContainerKey(bytes: Uint8Array): ContainerKey {
  const end = bytes.length - 9;
  if (end < 9 || bytes[8] !== UNDERSCORE || bytes[end] !== UNDERSCORE) throw notA('containerKeyTable', bytes);
  const view = viewOf(bytes);
  return {
    containerId: view.getBigInt64(0),
    keyPrefix: new TextDecoder().decode(bytes.subarray(9, end)),
    keyVersion: view.getBigInt64(end + 1),
  };
}

/**
 * The key of a row of `keyContainerTable`: row key, `_`, version, `_`, container id. Also the start of a range, when
 * the container id, or version and container id, are left out.
 *
 * @see org.apache.hadoop.ozone.recon.spi.impl.KeyPrefixContainerCodec
 * @public
 */
export function encodeKeyContainer(
  part: Pick<ContainerKey, 'keyPrefix'> & Partial<ContainerKey>,
): Uint8Array {
  const pieces = [utf8(part.keyPrefix)];
  if (part.keyVersion !== undefined) pieces.push(int64Bytes(part.keyVersion));
  if (part.keyVersion !== undefined && part.containerId !== undefined)
    pieces.push(int64Bytes(part.containerId));
  return joined(pieces);
}

/** Reads a whole key of `keyContainerTable`. Throws `TypeError` when the bytes are none. @public */
export function decodeKeyContainer(bytes: Uint8Array): ContainerKey {
  const end = bytes.length - 18;
  if (end < 0 || bytes[end] !== UNDERSCORE || bytes[end + 9] !== UNDERSCORE)
    throw notA('keyContainerTable', bytes);
  const view = viewOf(bytes);
  return {
    containerId: view.getBigInt64(end + 10),
    keyPrefix: new TextDecoder().decode(bytes.subarray(0, end)),
    keyVersion: view.getBigInt64(end + 1),
  };
}

/** The key of a row of `containerKeyCountTable`. @public */
export function encodeContainerId(containerId: bigint): Uint8Array {
  return int64Bytes(containerId);
}

/** The container id in a key of `containerKeyCountTable`. Throws `TypeError` when it has not 8 bytes. @public */
export function decodeContainerId(key: Uint8Array): bigint {
  return readInt64(key, 'a key of containerKeyCountTable');
}

/** The value of a row of `containerKeyCountTable`. @public */
export function encodeContainerKeyCount(count: bigint): Uint8Array {
  return int64Bytes(count);
}

/** The count in a value of `containerKeyCountTable`. Throws `TypeError` when it has not 8 bytes. @public */
export function decodeContainerKeyCount(value: Uint8Array): bigint {
  return readInt64(value, 'a value of containerKeyCountTable');
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length + 1, -1));
  let at = 0;
  for (const piece of pieces) {
    if (at > 0) bytes[at - 1] = UNDERSCORE;
    bytes.set(piece, at);
    at += piece.length + 1;
  }
  return bytes;
}

function notA(table: string, bytes: Uint8Array): TypeError {
  return new TypeError(`Expected a key of ${table}, got ${String(bytes.length)} bytes that are none`);
}
