/** One open generation of texts: every way of reading that the contract asks for. */
import { StagedReprocessError } from 'staged-reprocessor';
import type { KeyRange, OpenGeneration, RowBytes } from 'staged-reprocessor';

export type TextReader = () => Iterable<readonly [key: string, text: string]>;

/** What is in a generation. A batch replaces the sorted rows and never changes them: who has them has them frozen. */
export interface Texts {
  rows: readonly RowBytes[];
  applied: string | undefined;
}

export function copy({ key, value }: RowBytes): RowBytes {
  return { key: Buffer.from(key), value: Buffer.from(value) };
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}

export function openTexts(generation: number, texts: Texts): OpenGeneration<TextReader> {
  let isReading = true;
  const check = (holds = true): void => {
    if (!isReading || !holds)
      throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'This handle is closed');
  };
  const now = (): readonly RowBytes[] => (check(), texts.rows);
  const getMany = async (keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> => {
    const values = new Map(now().map((row) => [keyText(row.key), row.value]));
    return keys.map((key) => {
      const value = values.get(keyText(key));
      return value === undefined ? undefined : Buffer.from(value);
    });
  };
  return {
    generation,
    view(checkLease, { frozen }) {
      let isHeld = true;
      const fixed = frozen ? now() : undefined;
      const guard = (): void => {
        checkLease();
        check(isHeld);
      };
      const reader: TextReader = function* () {
        guard();
        for (const { key, value } of fixed ?? now()) {
          guard();
          yield [String(key), String(value)];
        }
      };
      return { reader, release: () => void (isHeld = false) };
    },
    count: async () => now().length,
    get: async (_, key) => (await getMany([key]))[0],
    getMany: (_, keys) => getMany(keys),
    rows: async function* (_, range) {
      yield within(now(), range).map(copy);
    },
    freeze() {
      const fixed = now();
      let isHeld = true;
      return {
        rows: async function* () {
          check(isHeld);
          yield fixed.map(copy);
        },
        close: async () => void (isHeld = false),
      };
    },
    applied: async () => (check(), texts.applied),
    close: async () => void (isReading = false),
  };
}

function within(rows: readonly RowBytes[], range: KeyRange = {}): readonly RowBytes[] {
  const { gt, gte, lt, lte, prefix, reverse = false, limit = Infinity } = range;
  const found = rows.filter(
    ({ key }) =>
      (gt === undefined || Buffer.compare(key, gt) > 0) &&
      (gte === undefined || Buffer.compare(key, gte) >= 0) &&
      (lt === undefined || Buffer.compare(key, lt) < 0) &&
      (lte === undefined || Buffer.compare(key, lte) <= 0) &&
      (prefix === undefined || Buffer.compare(key.subarray(0, prefix.length), prefix) === 0),
  );
  return (reverse ? found.toReversed() : found).slice(0, limit);
}
