import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { OmMirror, type MirrorCopy, type OmMirrorOptions } from '../../../src/ozone/index.ts';
import type { SourceSnapshot } from '../../../src/source/source.ts';
import { rocksFixture } from '../checkpoint-fixtures.ts';
import { writeBatch, type BatchRecord } from '../write-batch/batch-writing.ts';

/** Its sequence is 142; `/vol/bucket0/dir00/file0000` is among its keys. */
export const DATABASE = rocksFixture('wal');
export const BASE = 142n;

/** A mirror in a temporary directory, for one test. */
export class MirrorBench implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'sr-'));
  readonly home = join(this.folder, 'om');
  #mirror: OmMirror | undefined;

  /** With a live copy of `DATABASE`. */
  static async live(): Promise<MirrorBench> {
    const bench = new MirrorBench();
    const mirror = await bench.open();
    await mirror.promote((await mirror.stage(DATABASE, { leader: 'om1' })).id);
    return bench;
  }

  get mirror(): OmMirror {
    if (this.#mirror === undefined) throw new Error('The mirror is not open');
    return this.#mirror;
  }

  get copy(): MirrorCopy {
    return some(this.mirror.live);
  }

  async open(options?: OmMirrorOptions): Promise<OmMirror> {
    await this.close();
    return (this.#mirror = await OmMirror.open(this.home, options));
  }

  async close(): Promise<void> {
    await this.#mirror?.close();
    this.#mirror = undefined;
  }

  /** Prepares and commits one batch of the live copy, right behind what it has. */
  async apply(...records: readonly BatchRecord[]): Promise<void> {
    const { copy } = this;
    await (await copy.prepare([writeBatch(copy.sequence + 1n, records)])).commit();
  }

  /** The keys that the closed mirror's one overlay says something of. */
  async overlayKeys(): Promise<readonly string[]> {
    const copy = some(readdirSync(this.home).find((name) => name.startsWith('copy-')));
    const db = new Level<Buffer, Buffer>(join(this.home, copy, 'overlay'), { keyEncoding: 'buffer' });
    try {
      // The first byte of a row's key is 1, and four of its family follow.
      return (await db.keys({ gte: Buffer.of(1) }).all()).map((key) => key.toString('utf8', 5));
    } finally {
      await db.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function openSnapshot(mirror: OmMirror): Promise<SourceSnapshot> {
  return mirror.source().openSnapshot({ reason: 'MANUAL', signal: new AbortController().signal });
}

export function some<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('There is none');
  return value;
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}
