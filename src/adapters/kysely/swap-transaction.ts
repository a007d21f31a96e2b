import type { GenerationConnections } from './generation-connections.ts';
import type { Connection } from './load-sqlite.ts';
import { liveEntry } from './swap.ts';
import type { WriteConnection } from './write-connection.ts';

/** The connections of one open generation. */
export interface OpenConnections {
  readonly generation: number;
  readonly connections: GenerationConnections;
}

/**
 * Moves the live names in one transaction and one turn of the event loop; just before it every open connection of the
 * store, of whatever generation, is fixed to what it sees now.
 */
export async function swapTransaction(
  writer: WriteConnection,
  store: string,
  open: readonly OpenConnections[],
  move: (db: Connection) => void,
): Promise<void> {
  const db = await writer.connect();
  const live = (): number | undefined => liveEntry(db, store)?.marker.generation;
  await writer.whenNotBusy(() => {
    let before: number | undefined;
    let after: number | undefined;
    try {
      writer.atOnce(db, () => {
        for (const { connections } of open) connections.pin();
        before = live();
        move(db);
        after = live();
      });
    } catch (error) {
      for (const { connections } of open) connections.settle('unchanged');
      throw error;
    }
    for (const { generation, connections } of open) {
      const moved = before !== after && (generation === before || generation === after);
      connections.settle(!moved ? 'unchanged' : generation === after ? 'gained' : 'lost');
    }
  });
}
