import { join } from 'node:path';
import { controlCorrupt, readDurableJson, writeDurableJson } from './durable-json.ts';

/** Which copies a mirror has, by their ids: whatever else lies in its directory is a leftover. */
export interface MirrorRecord {
  readonly live: string | undefined;
  readonly staged: string | undefined;
}

const ID = /^[0-9a-f]{16}$/;
const NAME = 'mirror.json';

/**
 * `undefined` in a directory that no mirror was opened in yet.
 *
 * @throws StagedReprocessError `REPROCESS_FORMAT_NEWER`, `REPROCESS_CONTROL_CORRUPT`, `REPROCESS_CONTROL_FAILED`.
 */
export async function readMirrorRecord(directory: string): Promise<MirrorRecord | undefined> {
  const path = join(directory, NAME);
  const value = await readDurableJson(path);
  if (value === undefined) return undefined;
  const { live, staged } = { live: undefined, staged: undefined, ...value };
  return { live: idOf(path, live), staged: idOf(path, staged) };
}

/** The commit point of a mirror's changes: replaced at once and durably. */
export async function writeMirrorRecord(directory: string, { live, staged }: MirrorRecord): Promise<void> {
  await writeDurableJson(join(directory, NAME), { live: live ?? null, staged: staged ?? null });
}

function idOf(path: string, value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string' && ID.test(value)) return value;
  throw controlCorrupt(path);
}
