import { decodeValues, encodeValues } from '../../log/delta-codec.ts';
import type { Engine } from '../engine.ts';

/** A host's cursor as text, by the codec of the delta log, so that it may be anything that the log keeps. */
export function encodeCursor(engine: Engine, cursor: unknown): string {
  const bytes = encodeValues(engine.options.deltaCodec, [cursor], () => 'cursor');
  return Buffer.from(bytes).toString('base64');
}

export function decodeCursor(engine: Engine, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  return decodeValues(engine.options.deltaCodec, Buffer.from(text, 'base64'), 1)[0];
}
