import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractOmCheckpoint, openOmCheckpoint } from '../../../src/ozone/index.ts';
import { RocksCheckpoint } from '../../../src/ozone/rocksdb/rocks-checkpoint.ts';
import {
  archiveExpectations,
  archiveFixture,
  digestsOf,
  eachRow,
  makeTempDirectory,
  readExpectations,
} from '../checkpoint-fixtures.ts';

/** A folder that holds Ozone's classes (`target/classes`) and their class path (`cp.txt`), with the program `Peek`. */
const build = process.env['OZONE_JAVA_BUILD'] ?? '';
const isThere = build !== '' && existsSync(join(build, 'cp.txt'));

/** The jar of rocksdbjni 10.4.2, with its native library. */
const jar = process.env['ROCKSDBJNI_JAR'] ?? '';
const isJarThere = jar !== '' && existsSync(jar);

let directory: string;
beforeEach(() => {
  directory = makeTempDirectory();
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** What the RocksDB of a real Ozone reads from a copy of a checkpoint. */
function peek(checkpoint: string): unknown {
  const copy = join(directory, 'copy');
  cpSync(checkpoint, copy, { recursive: true });
  const classPath = `${join(build, 'target/classes')}:${readFileSync(join(build, 'cp.txt'), 'utf8').trim()}`;
  const temp = `-Djava.io.tmpdir=${directory}`;
  const output = execFileSync('java', [temp, '-cp', classPath, 'org.apache.hadoop.ozone.om.Peek', copy], {
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

describe('beside a real RocksDB', () => {
  const title = isThere ? '' : ' (skipped: OZONE_JAVA_BUILD names no build of Ozone’s Java classes)';
  it.skipIf(!isThere).each(Object.keys(archiveExpectations))(`%s has the same rows${title}`, async (name) => {
    const staging = { stagingDirectory: join(directory, 'staging'), requireComplete: false };
    const checkpoint = await extractOmCheckpoint(archiveFixture(name), staging);
    await using ours = await openOmCheckpoint(checkpoint);
    const families: Record<string, unknown> = { default: expect.objectContaining({ rows: 0 }) };
    for (const table of ours.tables) {
      const hash = createHash('sha256');
      let rows = 0;
      await eachRow(ours, table, (key, value) => {
        hash.update(key).update('\0').update(value);
        rows++;
      });
      families[table] = expect.objectContaining({ rows, sha: hash.digest('hex').slice(0, 12) });
    }
    expect(peek(checkpoint)).toMatchObject({ seqAtOpen: Number(ours.sequence), families });
  });

  const randomTitle = isJarThere ? '' : ' (skipped: ROCKSDBJNI_JAR names no rocksdbjni)';
  it.skipIf(!isJarThere)(
    `random operations under random settings leave the same rows${randomTitle}`,
    async () => {
      const generator = join(import.meta.dirname, '../../fixtures/ozone/RocksFixtures.java');
      execFileSync('java', [
        `-Djava.io.tmpdir=${directory}`,
        '-cp',
        jar,
        generator,
        'random',
        directory,
        '1000',
        '1030',
      ]);
      const expected = readExpectations(join(directory, 'expected.json'));
      for (const [name, expectation] of Object.entries(expected)) {
        const checkpoint = await RocksCheckpoint.open(join(directory, name));
        const families = await digestsOf(checkpoint, checkpoint.families.keys());
        expect({ name, sequence: checkpoint.lastSequence, families }).toEqual({ name, ...expectation });
      }
    },
  );
});
