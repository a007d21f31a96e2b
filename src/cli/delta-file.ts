import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorCode, StagedReprocessError, throwIfAborted } from '../errors.ts';
import { UsageError } from './usage-error.ts';

/** What one group holds at most, so that memory stays small whatever the file's size. */
const GROUP = { batches: 1000, bytes: 4 << 20 } as const;
/** No Ozone Manager writes such batches: what says so is no file of them. */
const MAX_BATCH_BYTES = 1 << 30;
const LENGTH_BYTES = 4;

/**
 * The write batches of a file, in groups: for each batch its length, as a big-endian int32, and its bytes. A file whose name ends
 * in `.gz` is unzipped.
 *
 * @throws StagedReprocessError `REPROCESS_BATCH_CORRUPT` where the file ends inside a batch or a length is impossible, after
 * everything before that; `REPROCESS_SOURCE_FAILED`, `REPROCESS_ABORTED`.
 */
export async function* deltaFile(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  let group: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks(path, signal)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= LENGTH_BYTES) {
      const length = rest.readInt32BE(at);
      if (length < 0 || length > MAX_BATCH_BYTES) {
        if (group.length > 0) yield group;
        throw corrupt(path, offset, `a batch cannot have ${String(length)} bytes`);
      }
      if (rest.length - at - LENGTH_BYTES < length) break;
      group.push(rest.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
      at += LENGTH_BYTES + length;
      offset += LENGTH_BYTES + length;
      bytes += length;
      if (group.length < GROUP.batches && bytes < GROUP.bytes) continue;
      yield group;
      group = [];
      bytes = 0;
    }
    rest = rest.subarray(at);
  }
  if (group.length > 0) yield group;
  if (rest.length > 0) throw corrupt(path, offset, 'the file ends inside a batch');
}

async function* chunks(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  // The error of either comes out where the chunks are read.
  const stream = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file;
  try {
    for await (const chunk of stream) {
      throwIfAborted(signal);
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new UsageError(`There is no file ${path}`);
    if (errorCode(error)?.startsWith('Z_') === true) {
      throw corrupt(path, undefined, 'it is no whole gzip file', error);
    }
    throw error;
  } finally {
    file.destroy();
  }
}

function corrupt(
  path: string,
  offset: number | undefined,
  what: string,
  cause?: unknown,
): StagedReprocessError {
  const where = offset === undefined ? '' : ` at byte ${String(offset)}`;
  return new StagedReprocessError('REPROCESS_BATCH_CORRUPT', `${path}${where}: ${what}`, {
    details: { path, ...(offset === undefined ? {} : { offset }) },
    ...(cause === undefined ? {} : { cause }),
  });
}
