import { DirectoryInfo } from '../../ozone/protobuf/directory-info.ts';
import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { ScanVisitor } from '../../source/source.ts';
import type { TaskContext } from '../../task/context.ts';
import { quarantineRow } from '../bad-record.ts';
import { DIRECTORY_CLAIM, type ClaimWriter } from './claims.ts';
import { directoryName } from './directory-name.ts';
import type { NamespaceTree } from './namespace-tree.ts';
import { OWN_ANCESTOR, TAKEN } from './reasons.ts';

/** Takes the directories of FSO buckets. Of several rows with one object id the first one counts. */
export function directoryVisitor(
  tree: NamespaceTree,
  claims: ClaimWriter,
  context: Pick<TaskContext, 'quarantine'>,
): ScanVisitor {
  const info = new DirectoryInfo();
  return {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (!info.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
          quarantineRow(context, 'directoryTable', batch, index, info.reason);
          continue;
        }
        const node = tree.node(info.objectHigh, info.objectLow);
        const parent = tree.node(info.parentHigh, info.parentLow);
        const name = directoryName(batch.values, info.nameStart, info.nameEnd);
        const { objectHigh, objectLow, parentHigh, parentLow } = info;
        const keyEnd = batch.keyEnds[index] ?? 0;
        claims
          .key(objectHigh, objectLow, DIRECTORY_CLAIM, batch.keys, batch.keyStarts[index] ?? 0, keyEnd)
          .int64(parentHigh, parentLow)
          .part(name);
        claims.put();
        if (!tree.addDirectory(node, parent, name, 0, name.length)) {
          quarantineRow(context, 'directoryTable', batch, index, TAKEN);
        }
      }
    },
  };
}

/** Books the files of FSO buckets on the directories or buckets that they name as parents. */
export function fileVisitor(tree: NamespaceTree, context: Pick<TaskContext, 'quarantine'>): ScanVisitor {
  const key = new KeyInfo();
  // The files of a directory are neighbours, so most look-ups are the one before.
  let parentHigh = 0;
  let parentLow = 0;
  let parent = -1;
  return {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (!key.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
          quarantineRow(context, 'fileTable', batch, index, key.reason);
          continue;
        }
        if (parent < 0 || key.parentLow !== parentLow || key.parentHigh !== parentHigh) {
          parentHigh = key.parentHigh;
          parentLow = key.parentLow;
          parent = tree.node(parentHigh, parentLow);
        }
        tree.addFile(parent, key);
      }
    },
  };
}

/** Finds the rows of the directories that lie on cycles, which the tree has no keys of, and sets them aside. */
export function cycleVisitor(
  tree: NamespaceTree,
  cyclic: readonly number[],
  context: Pick<TaskContext, 'quarantine'>,
): ScanVisitor {
  const left = new Set(cyclic);
  const info = new DirectoryInfo();
  return {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (!info.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) continue;
        // A later row with the same object id was set aside before.
        if (!left.delete(tree.node(info.objectHigh, info.objectLow))) continue;
        quarantineRow(context, 'directoryTable', batch, index, OWN_ANCESTOR);
      }
    },
  };
}
