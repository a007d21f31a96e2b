import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const fixtures = join(import.meta.dirname, '..', 'fixtures');

/** A folder with an archive unpacked in it, removed at the end of the scope. */
export class Unpacked implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'sr-'));

  constructor(archive: string) {
    execFileSync('tar', ['-xzf', join(fixtures, archive), '-C', this.directory], { stdio: 'ignore' });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** The rows of one table as the real Recon wrote them: hex key → hex value. */
export function goldenRows(directory: string, table: string): Map<string, string> {
  const lines = readFileSync(join(directory, `${table}.hex`), 'utf8').split('\n');
  const rows = new Map<string, string>();
  for (const line of lines) {
    const [key, value] = line.split(' ');
    if (key !== undefined && value !== undefined) rows.set(key, value);
  }
  return rows;
}

/** Recon's `GlobalStatsValueProto`: a tag and a varint. */
export function goldenStat(hex: string): bigint {
  return varintAt(Buffer.from(hex, 'hex'), 1);
}

/** Recon's `FileSizeCountKeyProto`, as `volume/bucket/upperBound`. */
export function goldenFileSizeKey(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const volumeEnd = 2 + (bytes[1] ?? 0);
  const bucketEnd = volumeEnd + 2 + (bytes[volumeEnd + 1] ?? 0);
  const bound = varintAt(bytes, bucketEnd + 1);
  return `${bytes.toString('utf8', 2, volumeEnd)}/${bytes.toString('utf8', volumeEnd + 2, bucketEnd)}/${String(bound)}`;
}

function varintAt(bytes: Buffer, start: number): bigint {
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes.subarray(start)) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) break;
  }
  return BigInt.asIntN(64, value);
}
