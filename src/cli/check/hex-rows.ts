import { createReadStream } from 'node:fs';
import { UsageError } from '../usage-error.ts';

/** A row in Recon's encoding. */
export type Row = readonly [key: Buffer, value: Buffer];

const LINE = /^((?:[0-9a-f]{2})+) ((?:[0-9a-f]{2})*)$/i;
const CHUNK_BYTES = 256 * 1024;
const SHOWN_CHARACTERS = 40;

/**
 * Reads `hexkey hexvalue` lines, one at a time.
 *
 * @throws UsageError naming file and line, when a line is something else, is cut off, or is not in key order
 */
export async function* hexRows(file: string): AsyncGenerator<Row> {
  let number = 0;
  let last: Buffer | undefined;
  for await (const { text, isWhole } of linesOf(file)) {
    number += 1;
    const wrong = (what: string): UsageError => new UsageError(`${file}, line ${number}: ${what}`);
    if (!isWhole) throw wrong('the file ends in the middle of this line; it is not whole');
    const [, keyHex, valueHex] = LINE.exec(text) ?? [];
    if (keyHex === undefined || valueHex === undefined) {
      throw wrong(`expected a key and a value in hexadecimal, one space between them, got \`${cut(text)}\``);
    }
    const key = Buffer.from(keyHex, 'hex');
    const order = last === undefined ? -1 : Buffer.compare(last, key);
    if (order === 0) throw wrong('the key is that of the line before');
    if (order > 0) throw wrong('the key is smaller than that of the line before; lines must be in key order');
    last = key;
    yield [key, Buffer.from(valueHex, 'hex')];
  }
}

/** `isWhole` is false for a last line without its end: whatever wrote the file did not finish. */
async function* linesOf(file: string): AsyncGenerator<{ readonly text: string; readonly isWhole: boolean }> {
  let rest = '';
  const chunks: AsyncIterable<string> = createReadStream(file, {
    encoding: 'latin1',
    highWaterMark: CHUNK_BYTES,
  });
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { text, isWhole: true };
  }
  if (rest !== '') yield { text: rest, isWhole: false };
}

function cut(text: string): string {
  const shown = text.replace(/[^\x20-\x7e]/g, '?');
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}...` : shown;
}
