import type { BlockList } from '../../ozone/protobuf/block-list.ts';
import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import { netChanges } from '../net-changes.ts';
import type { ContainerStore } from '../recon-tables.ts';
import { ContainerCounts } from './container-counts.ts';
import { decodeDistinctBlocks } from './distinct-blocks.ts';
import { containerKeyKey, keyContainerKey, ONE } from './mapping-keys.ts';

/**
 * Takes the changed rows of `table` over into the three tables. What is mapped so far is not looked up, as the events say
 * what it was: only counts are read.
 */
export async function remapContainers(
  table: string,
  delta: TaskDelta,
  context: DeltaContext<ContainerStore>,
): Promise<void> {
  const byKey = context.table('keyContainerTable').bytes;
  const byContainer = context.table('containerKeyTable').bytes;
  const counts = new ContainerCounts();
  const old = new KeyInfo();
  const now = new KeyInfo();
  for (const { key, before, after } of netChanges(delta.events).get(table) ?? []) {
    decodeBlocks(old, before);
    const reason = decodeBlocks(now, after);
    if (reason !== undefined) context.quarantine({ table, key, reason });
    forDifferences(old.blocks, now.blocks, {
      gone: (block) => {
        byKey.del(keyContainerKey(key, old.blocks, block));
        byContainer.del(containerKeyKey(key, old.blocks, block));
        counts.addBlock(old.blocks, block, -1);
      },
      come: (block) => {
        byKey.put(keyContainerKey(key, now.blocks, block), ONE);
        byContainer.put(containerKeyKey(key, now.blocks, block), ONE);
        counts.addBlock(now.blocks, block, 1);
      },
    });
  }
  await counts.mergeInto(context.table('containerKeyCountTable').bytes);
}

/** Blocks of a row, none when there is no row; returns why a row has none that can be mapped. */
function decodeBlocks(key: KeyInfo, value: Uint8Array | undefined): string | undefined {
  if (value !== undefined) return decodeDistinctBlocks(key, value, 0, value.length);
  key.blocks.clear();
  return undefined;
}

/** Walks through two lists of distinct blocks in ascending order, and names by index what only one of them has. */
function forDifferences(
  old: BlockList,
  now: BlockList,
  difference: { readonly gone: (block: number) => void; readonly come: (block: number) => void },
): void {
  let left = 0;
  let right = 0;
  while (left < old.length || right < now.length) {
    const order = left === old.length ? 1 : right === now.length ? -1 : compareBlocks(old, left, now, right);
    if (order < 0) difference.gone(left);
    if (order > 0) difference.come(right);
    if (order <= 0) left++;
    if (order >= 0) right++;
  }
}

/** As `sortDistinct` orders them: by version and container, without sign. */
function compareBlocks(left: BlockList, at: number, right: BlockList, other: number): number {
  for (const half of ['versionHigh', 'versionLow', 'containerHigh', 'containerLow'] as const) {
    const difference = ((left[half][at] ?? 0) >>> 0) - ((right[half][other] ?? 0) >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
