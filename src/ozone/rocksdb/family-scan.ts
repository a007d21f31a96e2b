import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../../errors.ts';
import { RowArena } from '../../source/row-arena.ts';
import type { ScanVisitor } from '../../source/source.ts';
import type { Family } from './family.ts';
import { openSources } from './family.ts';
import { LevelSource } from './level-source.ts';
import { RangeDeletionSweep } from './range-deletions.ts';
import { RowMerge } from './row-merge.ts';
import type { TableIo } from './table-io.ts';

const MERGED_BATCH_BYTES = 64 << 10;
/** After about this much work the event loop of the host gets a turn. */
const TURN_MS = 10;

export interface FamilyScan {
  readonly family: Family;
  readonly io: TableIo;
  readonly visitor: ScanVisitor;
  readonly signal: AbortSignal | undefined;
  /** Throws when the checkpoint was closed meanwhile. */
  readonly requireOpen: () => void;
}

/** Gives every row of a family to the visitor; not yet its `end`. */
export async function scanFamily(scan: FamilyScan): Promise<void> {
  const { family, io } = scan;
  const sources = openSources(family, io);
  try {
    const lone = sources.length === 1 && family.rangeDeletions.length === 0 ? sources[0] : undefined;
    if (lone instanceof LevelSource) await scanInPlace(lone, scan);
    else await scanMerged(new RowMerge(sources, new RangeDeletionSweep(family.rangeDeletions)), scan);
  } finally {
    for (const source of sources) await source.close();
  }
}

/** One source: its decoded blocks are the batches, values are not copied. */
async function scanInPlace(source: LevelSource, scan: FamilyScan): Promise<void> {
  const turn = turnsOf(scan);
  for (;;) {
    await turn();
    const block = await source.nextRun();
    if (block === undefined) return;
    if (!block.plain) block.keepRows();
    if (block.length > 0) await scan.visitor.rows(block);
  }
}

async function scanMerged(merge: RowMerge, scan: FamilyScan): Promise<void> {
  const turn = turnsOf(scan);
  const arena = new RowArena();
  for (let more = true; more;) {
    await turn();
    arena.clear();
    more = await merge.fill(arena, MERGED_BATCH_BYTES);
    if (arena.length > 0) await scan.visitor.rows(arena);
  }
}

/** What happens before each batch: may the scan go on, and is it time to let others work? */
function turnsOf({ signal, requireOpen }: FamilyScan): () => Promise<void> | undefined {
  let since = performance.now();
  const yieldTurn = async (): Promise<void> => {
    await setImmediate();
    since = performance.now();
    throwIfAborted(signal);
    requireOpen();
  };
  return () => {
    throwIfAborted(signal);
    requireOpen();
    return performance.now() - since < TURN_MS ? undefined : yieldTurn();
  };
}
