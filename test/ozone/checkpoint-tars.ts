import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Header } from 'tar-stream';
import { pack } from 'tar-stream';
import { rocksFixture } from './checkpoint-fixtures.ts';

export type Entry = Partial<Header> & { readonly name: string; readonly content?: Uint8Array | string };

export async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, Buffer.from(content));
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The files of a small checkpoint, and the mark of a whole download. */
export function checkpointEntries(folder = ''): Entry[] {
  const files = readdirSync(rocksFixture('wal')).map((name) => ({
    name: `${folder}${name}`,
    content: readFileSync(join(rocksFixture('wal'), name)),
  }));
  return [...files.reverse(), { name: `${folder}OZONE_RATIS_SNAPSHOT_COMPLETE` }];
}

export async function writeTar(directory: string, entries: readonly Entry[]): Promise<string> {
  const file = join(directory, 'checkpoint.tar');
  writeFileSync(file, await tarOf(entries));
  return file;
}
