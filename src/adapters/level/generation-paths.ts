import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors.ts';

const NAME = /^gen-(\d{6,})(\.staged)?$/;

/** Where the generations of one store lie: `gen-000008`, and `gen-000008.staged` beside it until it is prepared. */
export class GenerationPaths {
  readonly directory: string;
  readonly #adopted: ReadonlyMap<number, string>;

  constructor(directory: string, adopted: ReadonlyMap<number, string>) {
    this.directory = directory;
    this.#adopted = adopted;
  }

  /** The final place of a generation; an adopted one stays where its host put it. */
  ready(generation: number): string {
    const name = `gen-${String(generation).padStart(6, '0')}`;
    return this.#adopted.get(generation) ?? join(this.directory, name);
  }

  staged(generation: number): string {
    return join(this.directory, `gen-${String(generation).padStart(6, '0')}.staged`);
  }

  /** The generations and the strangers in the store's directory, which need not be there. */
  async list(): Promise<PathListing> {
    const generations: { generation: number; state: 'staged' | 'ready' }[] = [];
    const foreign: string[] = [];
    for (const name of await entries(this.directory)) {
      const match = NAME.exec(name);
      // The Finder of macOS leaves its notes wherever somebody looks.
      if (name === '.DS_Store') continue;
      if (match === null) foreign.push(name);
      else
        generations.push({
          generation: Number(match[1]),
          state: match[2] === undefined ? 'ready' : 'staged',
        });
    }
    for (const [generation, path] of this.#adopted) {
      if ((await entries(path)).includes('CURRENT')) generations.push({ generation, state: 'ready' });
    }
    return { generations: generations.sort((left, right) => left.generation - right.generation), foreign };
  }
}

export interface PathListing {
  readonly generations: readonly { readonly generation: number; readonly state: 'staged' | 'ready' }[];
  /** Names of entries that are no generation. */
  readonly foreign: readonly string[];
}

async function entries(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
