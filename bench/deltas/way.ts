import type { Delta } from '../../src/source/delta.ts';

/** One way of getting deltas into derived data, opened and filled. */
export interface OpenWay {
  /** What it has taken; deltas go on from here. */
  readonly sequence: bigint;
  /** Takes deltas in the order of the calls; resolves when a reader sees it and, where the way promises that, it is durable. */
  take(delta: Delta): Promise<void>;
  /** The sum over all counted keys, which shows that nothing was lost and nothing counted twice; not all ways keep one. */
  total?(): Promise<bigint>;
  close(): Promise<void>;
}

export interface Way {
  readonly name: WayName;
  /** `directory` is an empty folder of its own. */
  open(directory: string): Promise<OpenWay>;
}

export type WayName =
  | 'memory: library'
  | 'memory: by hand'
  | 'log: library'
  | 'log: by hand'
  | 'level: library'
  | 'level: library, get and put'
  | 'level: by hand'
  | 'level: by hand, log and store'
  | 'sqlite: library'
  | 'sqlite: library, get and put'
  | 'sqlite: by hand'
  | 'sqlite: by hand, log and store';
