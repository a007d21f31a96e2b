import { crc32 } from 'node:zlib';
import { isReprocessError, errorMessage, StagedReprocessError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { logCorrupt } from './log-errors.ts';

const FORMAT = 1;
/** Format and checksum. */
const HEAD_BYTES = 5;

/** Begins a value of the log: format, room for the checksum, name of the codec. */
export function beginValue(codecName: string, capacity: number): ByteWriter {
  const writer = new ByteWriter(capacity + HEAD_BYTES + codecName.length * 3 + 8);
  writer.byte(FORMAT);
  writer.uint32(0);
  writer.text(codecName);
  return writer;
}

/** Puts in the checksum over `checked` (what must belong to the value) and all that stands behind the checksum. */
export function sealValue(writer: ByteWriter, checkedOf: (sizeBytes: number) => Uint8Array): Uint8Array {
  const value = writer.finish();
  writer.setUint32(1, checksum(checkedOf(value.length), value));
  return value;
}

/**
 * Reads a value that `sealValue` made, behind its head.
 *
 * @throws StagedReprocessError `REPROCESS_DELTA_LOG_CORRUPT`, with what `decode` threw as its cause;
 * `REPROCESS_FORMAT_NEWER`.
 */
export function readValue<T>(
  what: string,
  checked: Uint8Array,
  value: Uint8Array,
  codecName: string,
  decode: (reader: ByteReader) => T,
): T {
  const format = value[0] ?? 0;
  if (value.length < HEAD_BYTES || checksumOf(value) !== checksum(checked, value)) {
    throw logCorrupt(`${what} is damaged: its checksum is wrong`);
  }
  if (format > FORMAT) {
    throw new StagedReprocessError(
      'REPROCESS_FORMAT_NEWER',
      `The delta log was written by a newer version of this library: ${what} has format ${format}, this version reads up to ${FORMAT}`,
      { details: { format } },
    );
  }
  try {
    const reader = new ByteReader(value, HEAD_BYTES);
    const written = reader.text();
    if (format < 1) throw new RangeError('format 0 was never written');
    if (written === codecName) return decode(reader);
    throw logCorrupt(
      `${what} was written with the codec '${written}', but the codec given is '${codecName}': open the log with the codec that wrote it`,
    );
  } catch (error) {
    if (isReprocessError(error)) throw error;
    throw logCorrupt(`${what} cannot be decoded: ${errorMessage(error)}`, error);
  }
}

function checksumOf(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, value.length).getUint32(1);
}

function checksum(checked: Uint8Array, value: Uint8Array): number {
  return crc32(value.subarray(HEAD_BYTES), crc32(value.subarray(0, 1), crc32(checked)));
}
