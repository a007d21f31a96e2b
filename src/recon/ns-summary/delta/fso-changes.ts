import { DirectoryInfo } from '../../../ozone/protobuf/directory-info.ts';
import { KeyInfo } from '../../../ozone/protobuf/key-info.ts';
import type { NetChange } from '../../net-changes.ts';
import { DIRECTORY_CLAIM } from '../claims.ts';
import { directoryName } from '../directory-name.ts';
import type { Sign } from '../file-totals.ts';
import { RowBuilder } from '../row-builder.ts';
import type { Claimed } from './claim-changes.ts';
import type { DeltaParts } from './delta-parts.ts';

/** Takes the changes of `directoryTable`. */
export function takeDirectories(
  changes: readonly NetChange[],
  { claims, tree, context }: Pick<DeltaParts, 'claims' | 'tree' | 'context'>,
): void {
  const info = new DirectoryInfo();
  const value = new RowBuilder();
  const claimed = (bytes: Uint8Array | undefined): Claimed | undefined => {
    if (bytes === undefined || !info.decode(bytes, 0, bytes.length)) return undefined;
    const name = directoryName(bytes, info.nameStart, info.nameEnd);
    value.clear().int64(info.parentHigh, info.parentLow).part(name);
    return { node: tree.node(info.objectHigh, info.objectLow), value: value.copy() };
  };
  for (const { key, before, after } of changes) {
    const next = claimed(after);
    if (after !== undefined && next === undefined) {
      context.quarantine({ table: 'directoryTable', key, reason: info.reason });
    }
    claims.move(DIRECTORY_CLAIM, key, claimed(before), next);
  }
}

/** Takes the changes of `fileTable`. */
export function takeFiles(
  changes: readonly NetChange[],
  { tree, context }: Pick<DeltaParts, 'tree' | 'context'>,
): void {
  const info = new KeyInfo();
  const take = (bytes: Uint8Array, sign: Sign): boolean => {
    if (!info.decode(bytes, 0, bytes.length)) return false;
    tree.netFiles(tree.node(info.parentHigh, info.parentLow)).addKey(info, sign);
    return true;
  };
  for (const { key, before, after } of changes) {
    if (before !== undefined) take(before, -1);
    if (after !== undefined && !take(after, 1)) {
      context.quarantine({ table: 'fileTable', key, reason: info.reason });
    }
  }
}
