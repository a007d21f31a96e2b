import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckpointShelf } from '../../../src/ozone/om-mirror/checkpoint-shelf.ts';
import { rocksFixture } from '../checkpoint-fixtures.ts';
import { BASE, DATABASE, MirrorBench, some } from './mirror-bench.ts';

const OTHER = rocksFixture('levels');

describe('a directory from before there were mirrors', () => {
  it('makes the checkpoint of a directory from before a live copy', async () => {
    await using bench = new MirrorBench();
    const shelf = new CheckpointShelf(bench.home);
    await shelf.claim();
    await shelf.take(DATABASE);
    await shelf.take(OTHER);
    writeFileSync(join(bench.home, 'options.json'), '{"format":1,"filesystemPaths":true}');
    const table = some(readdirSync(shelf.path(BASE)).find((name) => name.endsWith('.sst')));
    const { ino } = statSync(join(shelf.path(BASE), table));
    await bench.open({ adopt: 7n });
    expect(bench.mirror.live).toBeUndefined();
    await bench.open({ adopt: BASE });
    // The live data was built from it, under the history that it names.
    expect(bench.copy).toMatchObject({ base: BASE, history: 'b10760ef-0a8d-44c6-80e0-266f76621432' });
    const { id } = bench.copy;
    const home = join(bench.home, `copy-${id}`);
    expect(statSync(join(new CheckpointShelf(home).path(BASE), table)).ino).toBe(ino);
    expect(readdirSync(bench.home).sort()).toEqual([
      `copy-${id}`,
      'mirror.json',
      'options.json',
      'shelf.json',
    ]);
    await bench.open({ adopt: 396n });
    expect(bench.copy.id).toBe(id);
  });

  it('takes the newest checkpoint when it is not told which', async () => {
    await using bench = new MirrorBench();
    const shelf = new CheckpointShelf(bench.home);
    await shelf.claim();
    await shelf.take(OTHER);
    await shelf.take(DATABASE);
    await bench.open();
    expect(bench.copy.base).toBe(396n);
  });
});
