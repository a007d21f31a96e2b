import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { notACheckpoint } from '../rocksdb/read-errors.ts';

/** An archive that comes as a stream. Who opens it reads it to its end or destroys it. */
export interface Archive {
  readonly bytes: Readable;
  /** `undefined` when it is neither a tar nor a gzipped tar. */
  readonly format: ArchiveFormat | undefined;
}

export type ArchiveFormat = 'tar' | 'gzip';

/** Where an archive comes from. */
export interface ArchiveSource {
  /** What it is called in messages. */
  readonly name: string;
  readonly open: () => Promise<Archive>;
}

/** What `formatOf` wants to see: the first block of a tar. */
export const HEAD_BYTES = 512;

/** Tells the format by the first bytes: `HEAD_BYTES` of them, or all that there are. */
export function formatOf(head: Buffer): ArchiveFormat | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head.length >= HEAD_BYTES && head.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
}

export function fileSource(file: string): ArchiveSource {
  return {
    name: file,
    open: async () => {
      const handle = await open(file, 'r').catch((error: unknown) => {
        throw notACheckpoint(file, 'it cannot be opened', error);
      });
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
        const format = formatOf(buffer.subarray(0, bytesRead));
        // The stream closes the file.
        return { bytes: handle.createReadStream({ highWaterMark: 256 << 10 }), format };
      } catch (error) {
        await handle.close();
        throw error;
      }
    },
  };
}
