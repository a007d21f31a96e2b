import type { Entity } from './entity.ts';
import type { Namespace } from './namespace.ts';
import { walkSubtree } from './subtree.ts';
import { rootsOf, sumUp } from './sums.ts';

/** Objects below an entity; -1 where a count makes no sense, as Recon has it. */
export interface CountStats {
  readonly numVolume: number;
  readonly numBucket: number;
  readonly numDir: number;
  readonly numKey: number;
}

export async function countObjects(namespace: Namespace, entity: Entity): Promise<CountStats> {
  if (entity.type === 'KEY') return { numVolume: -1, numBucket: -1, numDir: -1, numKey: 0 };
  const roots = await rootsOf(namespace, entity);
  const { files } = sumUp(await namespace.summaries(roots));
  const { directories } = await walkSubtree(namespace, roots);
  return {
    numVolume: entity.type === 'ROOT' ? (await namespace.volumes()).length : -1,
    numBucket: entity.type === 'ROOT' || entity.type === 'VOLUME' ? roots.length : -1,
    numDir: directories,
    numKey: files,
  };
}
