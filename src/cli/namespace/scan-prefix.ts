import type { SourceSnapshot } from '../../source/source.ts';

/** Thrown by the visitor to end a scan behind the last row of the prefix; never leaves this file. */
class ScanEnd extends Error {}

/**
 * Visits the rows of a table whose keys start with `prefix`, in key order; keys and values are valid during the call
 * only. A snapshot scans whole tables, so the rows before the prefix are passed over.
 */
export async function scanPrefix(
  snapshot: SourceSnapshot,
  table: string,
  prefix: string,
  visit: (key: Uint8Array, value: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const start = Buffer.from(prefix, 'utf8');
  const end = new ScanEnd();
  try {
    await snapshot.scan(
      table,
      {
        rows(batch) {
          for (let index = 0; index < batch.length; index++) {
            const key = batch.key(index);
            const order = Buffer.compare(key.subarray(0, start.length), start);
            if (order > 0) throw end;
            if (order === 0 && key.length >= start.length) visit(key, batch.value(index));
          }
        },
      },
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    if (error !== end) throw error;
  }
}
