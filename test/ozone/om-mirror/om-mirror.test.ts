import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { OmMirror } from '../../../src/ozone/index.ts';
import { archiveFixture, rocksFixture } from '../checkpoint-fixtures.ts';
import { writeBatch } from '../write-batch/batch-writing.ts';
import { BASE, bytes, DATABASE, MirrorBench, openSnapshot } from './mirror-bench.ts';

const OTHER = rocksFixture('levels');
const PUT = { put: 'new', value: '1', family: 3 } as const;

function copiesIn(bench: MirrorBench): readonly string[] {
  return readdirSync(bench.home)
    .filter((name) => name.startsWith('copy-'))
    .sort();
}

describe('stage', () => {
  it('lays a checkpoint beside the live one, whose directory stays as it is', async () => {
    await using bench = await MirrorBench.live();
    const before = readdirSync(OTHER);
    const copy = await bench.mirror.stage(OTHER, { history: 'h1', leader: 'om2' });
    expect(copy).toMatchObject({
      history: 'h1',
      leader: 'om2',
      base: 396n,
      sequence: 396n,
      lastBatch: undefined,
    });
    expect(copy).toMatchObject({ tables: ['volumeTable', 'bucketTable', 'keyTable'], taken: 'linked' });
    expect(bench.mirror.staged).toBe(copy);
    expect(bench.mirror.live?.base).toBe(BASE);
    expect(readdirSync(OTHER)).toEqual(before);
    await bench.open();
    expect(bench.mirror.staged).toMatchObject({ id: copy.id, history: 'h1', leader: 'om2', base: 396n });
    expect(bench.mirror.live?.base).toBe(BASE);
  });

  it('unpacks an archive, and can insist that it is complete', async () => {
    await using bench = new MirrorBench();
    const mirror = await bench.open();
    const copy = await mirror.stage(archiveFixture('om-live/om0'), { requireComplete: true });
    expect(copy).toMatchObject({ base: 5421n, taken: 'unpacked' });
    const incomplete = mirror.stage(archiveFixture('ozone-3k/om0'), { requireComplete: true });
    await expect(incomplete).rejects.toMatchObject({ code: 'REPROCESS_ARCHIVE_INVALID' });
    expect(mirror.staged).toBe(copy);
    expect(copiesIn(bench)).toEqual([`copy-${copy.id}`]);
    expect(await mirror.stage(archiveFixture('ozone-3k/om0'))).toMatchObject({ base: 3304n });
  });

  it('replaces what was staged, of which snapshots can still be read', async () => {
    await using bench = await MirrorBench.live();
    const first = await bench.mirror.stage(OTHER);
    const snapshot = await openSnapshot(bench.mirror);
    const second = await bench.mirror.stage(OTHER);
    expect(second.id).not.toBe(first.id);
    expect(second.history).not.toBe(first.history);
    expect(await snapshot.get('volumeTable', bytes('/vol'))).toBeDefined();
    await expect(first.openSnapshot()).rejects.toMatchObject({ code: 'REPROCESS_HANDLE_CLOSED' });
    expect(copiesIn(bench)).toHaveLength(3);
    await snapshot.close();
    expect(copiesIn(bench)).toEqual([`copy-${second.id}`, `copy-${bench.copy.id}`].sort());
  });

  it('takes another database that has the same sequence', async () => {
    await using bench = await MirrorBench.live();
    const again = await bench.mirror.stage(DATABASE);
    await bench.apply(PUT);
    expect(again.sequence).toBe(BASE);
    const snapshot = await again.openSnapshot();
    expect(await snapshot.get('keyTable', bytes('new'))).toBeUndefined();
    await snapshot.close();
  });

  it('changes nothing when it fails or is aborted', async () => {
    await using bench = await MirrorBench.live();
    const record = readFileSync(join(bench.home, 'mirror.json'), 'utf8');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(bench.mirror.stage(OTHER, { signal })).rejects.toMatchObject({ code: 'REPROCESS_ABORTED' });
    const missing = bench.mirror.stage(join(bench.folder, 'nowhere'));
    await expect(missing).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_INVALID' });
    await expect(bench.mirror.stage('')).rejects.toThrow(TypeError);
    await expect(bench.mirror.stage(OTHER, { histry: 'x' } as object)).rejects.toThrow(TypeError);
    expect(bench.mirror.staged).toBeUndefined();
    expect(copiesIn(bench)).toEqual([`copy-${bench.copy.id}`]);
    expect(readFileSync(join(bench.home, 'mirror.json'), 'utf8')).toBe(record);
  });
});

describe('promote and settle', () => {
  it('make the staged copy live, and delete the old one once nobody reads it', async () => {
    await using bench = await MirrorBench.live();
    const { mirror, copy: old } = bench;
    const snapshot = await old.openSnapshot();
    const update = await old.prepare([writeBatch(143, [PUT])]);
    const { id } = await mirror.stage(OTHER);
    await mirror.promote(id);
    await mirror.promote(id);
    expect(mirror).toMatchObject({ live: { id }, staged: undefined });
    expect(copiesIn(bench)).toHaveLength(2);
    await expect(update.commit()).rejects.toMatchObject({ code: 'REPROCESS_HANDLE_CLOSED' });
    expect(await snapshot.get('volumeTable', bytes('/vol'))).toBeDefined();
    await snapshot.close();
    await snapshot.close();
    expect(copiesIn(bench)).toEqual([`copy-${id}`]);
    await bench.open();
    expect(bench.mirror).toMatchObject({ live: { id, base: 396n }, staged: undefined });
  });

  it('refuse an id that no staged copy has', async () => {
    await using bench = await MirrorBench.live();
    const { id } = await bench.mirror.stage(OTHER);
    await expect(bench.mirror.promote('another')).rejects.toThrow(TypeError);
    expect(bench.mirror.staged?.id).toBe(id);
  });

  it('promote the staged copy that the live data names', async () => {
    await using bench = await MirrorBench.live();
    const { id } = await bench.mirror.stage(OTHER);
    await (await bench.open()).settle(id);
    expect(bench.mirror).toMatchObject({ live: { id }, staged: undefined });
    expect(copiesIn(bench)).toEqual([`copy-${id}`]);
  });

  it('drop a staged copy when the live data names the live one, and only then', async () => {
    await using bench = await MirrorBench.live();
    const staged = await bench.mirror.stage(OTHER);
    for (const unknown of [undefined, 'a copy that is gone']) {
      await bench.mirror.settle(unknown);
      expect(bench.mirror.staged).toBe(staged);
    }
    const { id } = bench.copy;
    await bench.mirror.settle(id);
    expect(bench.mirror).toMatchObject({ live: { id }, staged: undefined });
    expect(copiesIn(bench)).toEqual([`copy-${id}`]);
  });
});

describe('unstage', () => {
  it('drops the staged copy, if there is one', async () => {
    await using bench = await MirrorBench.live();
    await bench.mirror.stage(OTHER);
    await bench.mirror.unstage();
    await bench.mirror.unstage();
    expect(bench.mirror.staged).toBeUndefined();
    expect(copiesIn(bench)).toEqual([`copy-${bench.copy.id}`]);
    await bench.open();
    expect(bench.mirror).toMatchObject({ live: { base: BASE }, staged: undefined });
  });
});

describe('the source of a mirror', () => {
  it('is the staged copy if there is one, else the live one, else none', async () => {
    await using bench = new MirrorBench();
    const mirror = await bench.open();
    await expect(openSnapshot(mirror)).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_FAILED' });
    const first = await mirror.stage(DATABASE);
    const told = async (): Promise<unknown> => {
      const snapshot = await openSnapshot(mirror);
      const { sequence, history, cursor } = snapshot;
      await snapshot.close();
      return { sequence, history, cursor };
    };
    const firstTold = { sequence: BASE, history: first.history, cursor: { mirror: first.id } };
    expect(await told()).toEqual(firstTold);
    await mirror.promote(first.id);
    expect(await told()).toEqual(firstTold);
    const second = await mirror.stage(OTHER);
    expect(await told()).toEqual({ sequence: 396n, history: second.history, cursor: { mirror: second.id } });
  });

  it('ends with the mirror', async () => {
    await using bench = await MirrorBench.live();
    const { mirror, copy } = bench;
    const snapshot = await openSnapshot(mirror);
    const closed = { code: 'REPROCESS_HANDLE_CLOSED' };
    const staging = expect(mirror.stage(archiveFixture('ozone-3k/om1'))).rejects.toMatchObject(closed);
    await setImmediate(); // it has begun
    await mirror.close();
    await mirror.close();
    await staging;
    expect(copiesIn(bench)).toEqual([`copy-${copy.id}`]);
    await expect(snapshot.get('keyTable', bytes('a'))).rejects.toMatchObject(closed);
    await expect(snapshot.scan('keyTable', { rows: () => undefined })).rejects.toMatchObject(closed);
    await expect(openSnapshot(mirror)).rejects.toMatchObject(closed);
    await expect(copy.prepare([])).rejects.toMatchObject(closed);
    await expect(mirror.promote(copy.id)).rejects.toMatchObject(closed);
    await snapshot.close();
  });
});

describe('open', () => {
  it('refuses what the library did not make, and wrong options', async () => {
    await using bench = new MirrorBench();
    mkdirSync(bench.home);
    writeFileSync(join(bench.home, 'mine'), 'precious');
    await expect(bench.open()).rejects.toMatchObject({ code: 'REPROCESS_FOREIGN_DATA' });
    await expect(OmMirror.open('')).rejects.toThrow(TypeError);
    await expect(bench.open({ adpt: 1n } as object)).rejects.toThrow(TypeError);
    await expect(bench.open({ adopt: 1 } as object)).rejects.toThrow(TypeError);
  });

  it('sweeps what a crash left, and nothing else', async () => {
    await using bench = await MirrorBench.live();
    const left = ['copy-0123456789abcdef', '.partial-x'];
    const kept = ['copy-notes', 'copy-0123456789abcdef.txt'];
    await bench.close();
    for (const name of [...left, ...kept]) mkdirSync(join(bench.home, name));
    writeFileSync(join(bench.home, 'mirror.json.tmp'), '{');
    await bench.open();
    const own = [`copy-${bench.copy.id}`, 'mirror.json', 'shelf.json'];
    expect(readdirSync(bench.home).sort()).toEqual([...own, ...kept].sort());
  });

  it('can be opened after a copy of the whole directory, and only once at a time', async () => {
    await using bench = await MirrorBench.live();
    await bench.apply(PUT);
    await expect(OmMirror.open(bench.home)).rejects.toMatchObject({ code: 'REPROCESS_LOCKED' });
    await bench.close();
    const elsewhere = join(bench.folder, 'elsewhere');
    cpSync(bench.home, elsewhere, { recursive: true });
    await using copy = await OmMirror.open(elsewhere);
    expect(copy.live?.sequence).toBe(143n);
  });
});
