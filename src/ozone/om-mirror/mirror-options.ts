import { join } from 'node:path';
import { controlCorrupt, readDurableJson, writeDurableJson } from './durable-json.ts';

/** How the data of a mirror is to be understood; recorded beside its checkpoint. @public */
export interface MirrorOptions {
  /** Whether LEGACY buckets are file systems: the value of `ozone.om.enable.filesystem.paths`. */
  readonly filesystemPaths: boolean;
}

/**
 * `options.json` of a mirror's directory; `undefined` when nothing was recorded yet.
 *
 * @throws StagedReprocessError `REPROCESS_FORMAT_NEWER`, `REPROCESS_CONTROL_CORRUPT`.
 */
export async function readMirrorOptions(directory: string): Promise<MirrorOptions | undefined> {
  const path = optionsFile(directory);
  const value = await readDurableJson(path);
  if (value === undefined) return undefined;
  if (!('filesystemPaths' in value) || typeof value.filesystemPaths !== 'boolean') throw controlCorrupt(path);
  return { filesystemPaths: value.filesystemPaths };
}

/** Replaces `options.json` at once and durably. */
export async function writeMirrorOptions(directory: string, options: MirrorOptions): Promise<void> {
  await writeDurableJson(optionsFile(directory), { filesystemPaths: options.filesystemPaths });
}

function optionsFile(directory: string): string {
  return join(directory, 'options.json');
}
