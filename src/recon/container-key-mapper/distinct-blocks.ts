import type { KeyInfo } from '../../ozone/protobuf/key-info.ts';

/**
 * Decodes the record `bytes[start .. end)` into `key` and brings its blocks into order, each pair of version and
 * container once. When that cannot be mapped there are no blocks, and the reason is returned.
 */
export function decodeDistinctBlocks(
  key: KeyInfo,
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  let fault: string | undefined;
  if (!key.decode(bytes, start, end)) fault = key.reason;
  else if (key.blocks.hasNegativeContainer()) fault = 'A block lies in a container with a negative id';
  if (fault === undefined) key.blocks.sortDistinct();
  else key.blocks.clear();
  return fault;
}
