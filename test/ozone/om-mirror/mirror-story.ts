import { writeBatch, type BatchRecord } from '../write-batch/batch-writing.ts';

/** What every write batch of the killed mirrors holds: told by the sequence that it begins with. */
export function storyRecords(first: bigint): readonly BatchRecord[] {
  const text = String(first);
  return [
    { put: `/story/${text}`, value: text, family: 3 },
    { put: '/story/last', value: text, family: 3 },
    { delete: `/story/${String(first - 10n)}`, family: 3 },
    { put: '/vol', value: text, family: 1 },
    { deleteFrom: '/vol/bucket0/dir0', to: `/vol/bucket0/dir00/file${text.padStart(4, '0')}`, family: 3 },
  ];
}

export function storyBatch(first: bigint): Uint8Array {
  return writeBatch(first, storyRecords(first));
}
