import type { BlockMemoryFactory } from './block-memory.ts';
import type { Checksums } from './checksum.ts';

/** What reading tables needs; one for each open checkpoint. */
export interface TableIo {
  readonly checksums: Checksums;
  readonly memories: BlockMemoryFactory;
  /** Whether the checksums of data blocks are verified; all others always are. */
  readonly verifyChecksums: boolean;
}
