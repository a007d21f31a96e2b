import { open, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { types } from 'node:util';
import { createGunzip } from 'node:zlib';
import type * as TarStream from 'tar-stream';
import { errorCode, isReprocessError, StagedReprocessError, throwIfAborted } from '../../errors.ts';
import { checkEntry } from './archive-entry.ts';
import { invalidArchive } from './archive-errors.ts';
import type { ArchiveSource } from './archive.ts';
import type { ArchiveContents } from './checkpoint-layout.ts';
import { LINK_LIST } from './checkpoint-layout.ts';
import { TarEnd } from './tar-end.ts';

/** The files of an archive, unpacked under numbers: no name from outside is ever a path. */
export interface Unpacked extends Omit<ArchiveContents, 'requireComplete'> {
  /** Name in the archive to path. */
  readonly paths: ReadonlyMap<string, string>;
}

const LONGEST_LINK_LIST = 64 << 20;

/** Streams a tar, plain or gzipped, into `folder`. */
export async function unpack(
  { name: file, open: openArchive }: ArchiveSource,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Unpacked> {
  const tar = await loadTarStream();
  const { bavail, bsize } = await statfs(folder);
  const { bytes: input, format } = await openArchive();
  if (format === undefined) {
    input.destroy();
    throw invalidArchive(file, 'it is neither a tar nor a gzipped tar');
  }
  const extract = tar.extract();
  const end = new TarEnd();
  const stages = format === 'gzip' ? [input, createGunzip(), end, extract] : [input, end, extract];
  const fed = pipeline(stages, signal === undefined ? {} : { signal });
  // Its failure reaches the entries too, which are awaited first.
  fed.catch(() => undefined);
  const paths = new Map<string, string>();
  const folders = new Set<string>();
  let freeBytes = bavail * bsize;
  try {
    for await (const entry of extract) {
      throwIfAborted(signal);
      const { name, isDirectory, sizeBytes } = checkEntry(entry.header, file);
      end.entry(sizeBytes, entry.header.pax !== null && entry.header.pax !== undefined);
      if (isDirectory) {
        folders.add(name);
        entry.resume();
        continue;
      }
      if (paths.has(name) || folders.has(name))
        throw invalidArchive(file, `${JSON.stringify(name)} comes twice`);
      freeBytes -= sizeBytes;
      if (freeBytes < 0) {
        throw new StagedReprocessError('REPROCESS_DISK_SPACE', `There is not enough space to unpack ${file}`);
      }
      const path = join(folder, String(paths.size));
      paths.set(name, path);
      await writeDurably(entry, path);
    }
    await fed;
  } catch (error) {
    // What stopped the input says more than that its entries ended early.
    input.destroy();
    const cause: unknown = await fed.then(
      () => error,
      (failure: unknown) => failure,
    );
    throw errorCode(cause) === 'ERR_STREAM_PREMATURE_CLOSE' || isReprocessError(error) ? error : cause;
  }
  if (!end.isWhole) throw invalidArchive(file, 'it has no end, so it was cut off');
  const linkList = paths.get(LINK_LIST);
  if (linkList !== undefined && (await stat(linkList)).size > LONGEST_LINK_LIST) {
    throw invalidArchive(file, `${LINK_LIST} is too large`);
  }
  return {
    file,
    paths,
    names: new Set(paths.keys()),
    linkList: linkList === undefined ? undefined : await readFile(linkList, 'utf8'),
  };
}

async function writeDurably(entry: AsyncIterable<unknown>, path: string): Promise<void> {
  const target = await open(path, 'wx');
  try {
    for await (const chunk of entry) {
      if (!types.isUint8Array(chunk)) throw new TypeError('Expected an entry of the archive to yield bytes');
      await target.writeFile(chunk);
    }
    await target.sync();
  } finally {
    await target.close();
  }
}

async function loadTarStream(): Promise<typeof TarStream> {
  try {
    return await import('tar-stream');
  } catch (cause) {
    const message = 'Reading a checkpoint from a tar needs the package tar-stream: npm install tar-stream';
    throw new StagedReprocessError('REPROCESS_MISSING_PEER', message, {
      details: { peer: 'tar-stream' },
      cause,
    });
  }
}
