import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { omCheckpointSource, openOmCheckpointTar } from '../../../src/ozone/index.ts';
import {
  archiveExpectations,
  archiveFixture,
  digestsOf,
  makeTempDirectory,
  rocksExpectations,
  rocksFixture,
} from '../checkpoint-fixtures.ts';
import { writeTar } from '../checkpoint-tars.ts';

let directory: string;
let stagingDirectory: string;
beforeEach(() => {
  directory = makeTempDirectory();
  stagingDirectory = join(directory, 'staging');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('openOmCheckpointTar', () => {
  it.each(Object.keys(archiveExpectations))(
    'reads %s as RocksDB does, and deletes its copy',
    async (name) => {
      const requireComplete = !name.startsWith('ozone-3k');
      const checkpoint = await openOmCheckpointTar(archiveFixture(name), {
        stagingDirectory,
        requireComplete,
      });
      const expected = archiveExpectations[name];
      expect(checkpoint.sequence).toBe(BigInt(expected?.sequence ?? -1));
      expect(checkpoint.history).toBeUndefined();
      expect({
        default: expected?.families['default'],
        ...(await digestsOf(checkpoint, checkpoint.tables)),
      }).toEqual(expected?.families);
      expect(readdirSync(stagingDirectory)).toHaveLength(1);
      await checkpoint.close();
      await checkpoint.close();
      expect(readdirSync(stagingDirectory)).toEqual([]);
    },
  );

  it('reads a plain tar, as it was served', async () => {
    const file = join(directory, 'plain.tar');
    writeFileSync(file, gunzipSync(readFileSync(archiveFixture('om-live/om0'))));
    await using checkpoint = await openOmCheckpointTar(file, { stagingDirectory });
    expect(checkpoint.sequence).toBe(5421n);
  });

  it('deletes its copy when that cannot be opened', async () => {
    const file = await writeTar(directory, [
      { name: 'CURRENT', content: 'MANIFEST-000001\n' },
      { name: 'OZONE_RATIS_SNAPSHOT_COMPLETE' },
    ]);
    await expect(openOmCheckpointTar(file, { stagingDirectory })).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_INVALID',
    });
    expect(readdirSync(stagingDirectory)).toEqual([]);
  });
});

describe('omCheckpointSource', () => {
  const request = { reason: 'MANUAL', signal: new AbortController().signal } as const;

  it('opens directories in place, and unpacks archives for each run', async () => {
    const inPlace = await omCheckpointSource(rocksFixture('wal')).openSnapshot(request);
    expect(inPlace.sequence).toBe(BigInt(rocksExpectations['wal']?.sequence ?? -1));
    await inPlace.close();
    const source = omCheckpointSource(archiveFixture('om-live/om1'), { stagingDirectory });
    for (let run = 0; run < 2; run++) {
      const snapshot = await source.openSnapshot(request);
      expect(snapshot.sequence).toBe(19057n);
      expect(readdirSync(stagingDirectory)).toHaveLength(1);
      await snapshot.close();
      expect(readdirSync(stagingDirectory)).toEqual([]);
    }
  });

  it('says what is missing', async () => {
    await expect(omCheckpointSource(join(directory, 'none')).openSnapshot(request)).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_INVALID',
    });
    await expect(omCheckpointSource(archiveFixture('om-live/om1')).openSnapshot(request)).rejects.toThrow(
      /^Expected `stagingDirectory`/,
    );
    const source = omCheckpointSource(archiveFixture('ozone-3k/om0'), { stagingDirectory });
    await expect(source.openSnapshot(request)).rejects.toMatchObject({ code: 'REPROCESS_ARCHIVE_INVALID' });
  });
});
