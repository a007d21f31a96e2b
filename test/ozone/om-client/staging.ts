import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDirectory } from '../checkpoint-fixtures.ts';

/** A directory for one test. */
export interface Staging extends Disposable {
  readonly directory: string;
  /** What a client is asked with to use it. */
  readonly request: { readonly directory: string };
  /** What lies in it. */
  names(): string[];
  /** How many files have been unpacked so far of what is being unpacked. */
  unpacked(): number;
}

export function makeStaging(): Staging {
  const parent = makeTempDirectory();
  const directory = join(parent, 'staging');
  const names = (): string[] => (existsSync(directory) ? readdirSync(directory) : []);
  return {
    directory,
    request: { directory },
    names,
    unpacked: () => names().reduce((sum, name) => sum + readdirSync(join(directory, name)).length, 0),
    [Symbol.dispose]() {
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
