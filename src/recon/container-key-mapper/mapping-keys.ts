import type { BlockList } from '../../ozone/protobuf/block-list.ts';
import { putInt64 } from '../encodings/big-endian.ts';

export const UNDERSCORE = 0x5f;

/** Bytes of a mapping row's key beside the OM's row key: two underscores, version and container id. */
export const MAPPING_BYTES = 18;

/** The value of every row in both mapping tables: the int32 1. */
export const ONE = Uint8Array.of(0, 0, 0, 1);

/** Key of the row of `keyContainerTable` for one block of the key `rowKey`. */
export function keyContainerKey(rowKey: Uint8Array, blocks: BlockList, block: number): Uint8Array {
  const bytes = new Uint8Array(rowKey.length + MAPPING_BYTES);
  bytes.set(rowKey);
  bytes[rowKey.length] = UNDERSCORE;
  const at = putVersion(bytes, rowKey.length + 1, blocks, block);
  bytes[at] = UNDERSCORE;
  putContainer(bytes, at + 1, blocks, block);
  return bytes;
}

/** Key of the row of `containerKeyTable` for one block of the key `rowKey`. */
export function containerKeyKey(rowKey: Uint8Array, blocks: BlockList, block: number): Uint8Array {
  const bytes = new Uint8Array(rowKey.length + MAPPING_BYTES);
  const at = putContainer(bytes, 0, blocks, block);
  bytes[at] = UNDERSCORE;
  bytes.set(rowKey, at + 1);
  bytes[at + 1 + rowKey.length] = UNDERSCORE;
  putVersion(bytes, at + 2 + rowKey.length, blocks, block);
  return bytes;
}

function putVersion(bytes: Uint8Array, at: number, blocks: BlockList, block: number): number {
  return putInt64(bytes, at, blocks.versionHigh[block] ?? 0, blocks.versionLow[block] ?? 0);
}

function putContainer(bytes: Uint8Array, at: number, blocks: BlockList, block: number): number {
  return putInt64(bytes, at, blocks.containerHigh[block] ?? 0, blocks.containerLow[block] ?? 0);
}
