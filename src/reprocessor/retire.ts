import { discardMarked } from '../control/recover.ts';
import type { GenerationSet } from '../store/generation-set.ts';
import type { Engine } from './engine.ts';

/**
 * Step 9: the set takes no more leases; once its last lease has ended, what nothing keeps is discarded. Goes on behind
 * the run, which does not wait for readers.
 */
export function retire(engine: Engine, set: GenerationSet): void {
  const retiring = retireAndSweep(engine, set).finally(() => {
    engine.retiring.delete(retiring);
  });
  engine.retiring.add(retiring);
}

async function retireAndSweep(engine: Engine, set: GenerationSet): Promise<void> {
  tellUnclosed(engine, await engine.live.retire(set));
  try {
    await engine.failPoint('9-retired');
  } catch (error) {
    engine.announcer.alert('FAIL_POINT', "Fail-point '9-retired' threw behind the run, which stands", error);
  }
  await sweep(engine);
}

/** A handle that does not close leaks; that must be seen. */
export function tellUnclosed(engine: Engine, errors: readonly unknown[]): void {
  for (const error of errors) {
    engine.announcer.alert(
      'CLOSE_FAILED',
      'A generation that nobody reads any more could not be closed',
      error,
    );
  }
}

/** Deletes the generations that are recorded as being discarded and that nobody reads any more. One sweep at a time. */
export function sweep(engine: Engine): Promise<void> {
  engine.sweeping = engine.sweeping.then(async () => {
    try {
      await discardMarked(engine, (store, generation) => {
        const free = !engine.live.isRead(store, generation);
        if (free) engine.announcer.emit('discard', { store, generation });
        return free;
      });
    } catch (error) {
      engine.announcer.alert(
        'DISCARD_FAILED',
        'An old generation could not be discarded; the next open tries again',
        error,
      );
    }
  });
  return engine.sweeping;
}
