import { setImmediate as turn } from 'node:timers/promises';

/** Takes a step again and again, one a turn of the event loop, until `work` has ended; at least one. */
export async function during(work: Promise<void>, step: () => Promise<void>): Promise<void> {
  const state = { ended: false };
  const ending = work.finally(() => {
    state.ended = true;
  });
  try {
    do {
      await step();
      await turn();
    } while (!state.ended);
  } catch (error) {
    await ending.catch(() => undefined);
    throw error;
  }
  await ending;
}
