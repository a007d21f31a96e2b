import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors.ts';
import type { ReconRequestStatus, ReconSyncStatus } from '../../recon/index.ts';
import { isObject } from '../outside-status.ts';
import { mirrorDirectory } from '../recon-directory.ts';

const FORMAT = 1;

/** Writes down how the last requests to the Ozone Manager went, for whoever looks from outside. Losing it loses no data. */
export async function writeRequests(dataDir: string, { delta, snapshot }: ReconSyncStatus): Promise<void> {
  const path = requestsFile(dataDir);
  const text = JSON.stringify({ format: FORMAT, delta: plain(delta), snapshot: plain(snapshot) });
  await writeFile(`${path}.tmp`, `${text}\n`);
  await rename(`${path}.tmp`, path);
}

/**
 * What was written down; `undefined` when nobody has ever followed, or it cannot be read.
 *
 * @param isHeld - Whether the process that wrote it may still live: else nothing is going on.
 */
export async function readRequests(dataDir: string, isHeld: boolean): Promise<ReconSyncStatus | undefined> {
  const text = await readFile(requestsFile(dataDir), 'utf8').catch(unlessMissing);
  const value = parsed(text);
  if (!isObject(value) || value['format'] !== FORMAT) return undefined;
  const delta = requestOf(value['delta'], isHeld);
  const snapshot = requestOf(value['snapshot'], isHeld);
  return delta === undefined || snapshot === undefined ? undefined : { delta, snapshot };
}

function unlessMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function requestsFile(dataDir: string): string {
  return join(mirrorDirectory(dataDir), 'requests.json');
}

function plain({ sequence, ...rest }: ReconRequestStatus): object {
  return { ...rest, sequence: String(sequence) };
}

function requestOf(value: unknown, isHeld: boolean): ReconRequestStatus | undefined {
  if (!isObject(value)) return undefined;
  const { atMs, sequence, failed, running } = value;
  if (typeof atMs !== 'number' || typeof sequence !== 'string' || !/^\d+$/.test(sequence)) return undefined;
  return { atMs, sequence: BigInt(sequence), failed: failed === true, running: isHeld && running === true };
}
