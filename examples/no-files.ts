/** A test host: volatile stores only, so no directory, nothing to clean up, and time moved by hand. */
import assert from 'node:assert/strict';
import { defineTask, memorySource, StagedReprocessor } from 'staged-reprocessor';
import { json, memoryStore } from 'staged-reprocessor/memory';
import { simulatedClock } from 'staged-reprocessor/testing';

const counts = memoryStore({ tables: { byColour: { keyEncoding: 'utf8', valueEncoding: json<number>() } } });
const countColours = defineTask<typeof counts, 'counts'>({
  taskName: 'CountColours',
  version: 1,
  store: 'counts',
  sourceTables: ['cars'],
  async reprocess(snapshot, context) {
    const colours = new Map<string, number>();
    await snapshot.scan('cars', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const colour = Buffer.from(batch.value(i)).toString();
          colours.set(colour, (colours.get(colour) ?? 0) + 1);
        }
      },
    });
    const sink = context.sink('byColour');
    for (const [colour, count] of colours) await sink.put(colour, count);
  },
});

const cars = memorySource({
  sequence: 1n,
  tables: {
    cars: [
      ['c-1', 'red'],
      ['c-2', 'blue'],
      ['c-3', 'red'],
    ],
  },
});
let isDown = true;
const source = {
  openSnapshot: () => {
    if (isDown) throw new Error('the garage is closed');
    return cars.openSnapshot();
  },
};
const clock = simulatedClock();
await using reprocessor = await StagedReprocessor.open({
  stores: { counts },
  tasks: [countColours],
  source,
  clock,
});

// The first run fails; the library tries again by itself after two seconds, which pass at once here.
await assert.rejects(reprocessor.reprocess(), { code: 'REPROCESS_SOURCE_FAILED' });
isDown = false;
const done = new Promise((resolve) => reprocessor.once('switch:end', resolve));
await clock.advance(2000);
await done;
const red = await reprocessor.read((lease) => lease.store('counts').table('byColour').get('red'), {
  wait: true,
});
assert.equal(red, 2);
console.log(`the retry filled the store: ${red.toString()} red cars, no file written`);
