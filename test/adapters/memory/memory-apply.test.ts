import { memoryStore } from '../../../src/adapters/memory/index.ts';
import { type ApplyingSubject, tables } from './applying-subject.ts';
import { applyingTests } from './applying-tests.ts';
import { rangeTests } from './range-tests.ts';

async function create(): Promise<ApplyingSubject> {
  const store = await memoryStore({ tables }).open({
    storeName: 'search',
    homeId: 'home',
    directory: undefined,
    adopted: undefined,
    onBackgroundError: () => undefined,
  });
  return { store, cleanup: () => store.close() };
}

applyingTests('memory', create);
rangeTests('memory', create);
