import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, StagedReprocessError } from '../../errors.ts';
import { syncDirectory } from '../../store/sync-directory.ts';

/** The one format of the small files that a mirror keeps. */
const FORMAT = 1;

/**
 * A small JSON object with `format: 1`; `undefined` when there is no such file.
 *
 * @throws StagedReprocessError `REPROCESS_FORMAT_NEWER`, `REPROCESS_CONTROL_CORRUPT`, `REPROCESS_CONTROL_FAILED`.
 */
export async function readDurableJson(path: string): Promise<object | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw new StagedReprocessError('REPROCESS_CONTROL_FAILED', `${path} cannot be read`, { cause: error });
  }
  return parseFormat(path, text);
}

/** Replaces the file at once and durably. */
export async function writeDurableJson(path: string, content: object): Promise<void> {
  const handle = await open(`${path}.tmp`, 'w');
  try {
    await handle.writeFile(`${JSON.stringify({ format: FORMAT, ...content })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.tmp`, path);
  await syncDirectory(dirname(path));
}

/** The object that `text` is; `place` says in errors where it lies. */
export function parseFormat(place: string, text: string): object {
  const value = parsed(place, text);
  if ('format' in value && value.format !== FORMAT) {
    throw new StagedReprocessError(
      'REPROCESS_FORMAT_NEWER',
      `${place} has a format that this version does not know (it knows ${FORMAT})`,
    );
  }
  return value;
}

export function controlCorrupt(place: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_CONTROL_CORRUPT', `${place} is damaged`, { cause });
}

function parsed(place: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw controlCorrupt(place, error);
  }
  throw controlCorrupt(place);
}
