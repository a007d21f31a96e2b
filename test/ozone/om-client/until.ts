import { setImmediate } from 'node:timers/promises';

/** Lets the event loop go on until something has happened. The time limit of the test ends what never does. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await setImmediate();
}
