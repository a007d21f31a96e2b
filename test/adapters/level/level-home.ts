import { levelStore } from '../../../src/adapters/level/index.ts';
import type { AdoptedGeneration } from '../../../src/store/store.ts';
import { type Store, tables } from '../memory/applying-subject.ts';

/** Opens the store that lies in a directory. */
export function openLevelStore(directory: string, adopted?: AdoptedGeneration): Promise<Store> {
  return levelStore({ tables }).open({
    storeName: 'search',
    homeId: 'home',
    directory,
    adopted,
    onBackgroundError: (error) => {
      throw error;
    },
  });
}
