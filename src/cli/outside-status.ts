import { hostname } from 'node:os';
import { DataDirectory } from '../control/data-directory.ts';
import { readJsonFile } from '../control/json-file.ts';
import { OwnerFile, type LockHolder } from '../control/owner-file.ts';
import { errorCode } from '../errors.ts';

/** The JSON of a status: what another process wrote, perhaps of another version. */
export type StatusJson = Readonly<Record<string, unknown>>;

/** What can be told about a data directory without its lock. */
export interface OutsideStatus {
  readonly format: 1;
  readonly directory: string;
  readonly holder: LockHolder | undefined;
  /** `unknown`: on another host. */
  readonly holderState: 'none' | 'running' | 'dead' | 'unknown';
  /** The last status as the holder wrote it; `undefined` when there is none. */
  readonly status: StatusJson | undefined;
}

export async function readOutsideStatus(directory: string): Promise<OutsideStatus> {
  const home = new DataDirectory(directory);
  const holder = await new OwnerFile(home.owner).read();
  const status = await readJsonFile(home.status);
  return {
    format: 1,
    directory: home.path,
    holder,
    holderState: holderState(holder),
    status: isObject(status) ? status : undefined,
  };
}

export function isObject(value: unknown): value is StatusJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function holderState(holder: LockHolder | undefined): OutsideStatus['holderState'] {
  if (holder === undefined) return 'none';
  if (holder.host !== hostname()) return 'unknown';
  try {
    process.kill(holder.pid, 0);
    return 'running';
  } catch (error) {
    return errorCode(error) === 'EPERM' ? 'running' : 'dead';
  }
}
