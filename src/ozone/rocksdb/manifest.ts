import { basename } from 'node:path';
import type { Crc32c } from './crc32c.ts';
import { logRecords } from './log-records.ts';
import { damaged, unsupported } from './read-errors.ts';
import type { TableFile, VersionEdit } from './version-edit.ts';
import { parseVersionEdit } from './version-edit.ts';

export interface ColumnFamily {
  readonly id: number;
  readonly name: string;
  /** Operations of logs with a smaller number are in the family's tables already. */
  readonly logNumber: number;
  readonly files: readonly TableFile[];
}

export interface Manifest {
  readonly families: readonly ColumnFamily[];
  readonly lastSequence: number;
  readonly databaseId: string | undefined;
  /** Numbers of all table files that were ever added, the deleted ones too. */
  readonly knownFiles: ReadonlySet<number>;
}

interface GrowingFamily {
  readonly id: number;
  readonly name: string;
  logNumber: number;
  readonly files: Map<number, TableFile>;
}

const COMPARATOR = 'leveldb.BytewiseComparator';

/** Replays the MANIFEST: which families there are, and which table files make each of them. */
export function readManifest(log: Uint8Array, file: string, crc: Crc32c): Manifest {
  const families = new Map<number, GrowingFamily>([[0, newFamily(0, 'default')]]);
  const knownFiles = new Set<number>();
  let lastSequence = -1;
  let nextFileNumber = -1;
  let databaseId: string | undefined;
  let groupRemaining = 0;
  for (const record of logRecords(log, file, { crc, tornTail: 'damage' })) {
    const edit = parseVersionEdit(record, file);
    const invalid = (what: string): Error => damaged(file, record.offset, what);
    if (groupRemaining > 0 && edit.groupRemaining !== groupRemaining - 1)
      throw invalid('an atomic group is not whole');
    groupRemaining = edit.groupRemaining;
    lastSequence = Math.max(lastSequence, edit.lastSequence ?? -1);
    nextFileNumber = Math.max(nextFileNumber, edit.nextFileNumber ?? -1);
    databaseId = edit.databaseId ?? databaseId;
    for (const { number } of edit.newFiles) knownFiles.add(number);
    applyEdit(families, edit, file, invalid);
  }
  if (groupRemaining > 0) throw damaged(file, log.length, 'an atomic group is not whole');
  if (lastSequence < 0 || nextFileNumber < 0) {
    throw damaged(file, log.length, `it tells no ${lastSequence < 0 ? 'last sequence' : 'next file number'}`);
  }
  return {
    families: [...families.values()].map((family) => ({ ...family, files: [...family.files.values()] })),
    lastSequence,
    databaseId,
    knownFiles,
  };
}

function applyEdit(
  families: Map<number, GrowingFamily>,
  edit: VersionEdit,
  file: string,
  invalid: (what: string) => Error,
): void {
  if (edit.comparator !== undefined && edit.comparator !== COMPARATOR) {
    throw unsupported(file, `the comparator ${JSON.stringify(edit.comparator)}`);
  }
  if (edit.added !== undefined) {
    const { added } = edit;
    if (families.has(edit.familyId)) throw invalid(`column family ${edit.familyId} is added twice`);
    if ([...families.values()].some(({ name }) => name === added))
      throw invalid(`two families are named ${added}`);
    families.set(edit.familyId, newFamily(edit.familyId, added));
  }
  const family = families.get(edit.familyId);
  if (family === undefined) throw invalid(`there is no column family ${edit.familyId}`);
  if (edit.dropped) {
    families.delete(edit.familyId);
    return;
  }
  if (edit.logNumber !== undefined) family.logNumber = Math.max(family.logNumber, edit.logNumber);
  for (const { level, number } of edit.deletedFiles) {
    if (family.files.get(number)?.level !== level)
      throw invalid(`table file ${number} is not on level ${level}`);
    family.files.delete(number);
  }
  for (const added of edit.newFiles) {
    if (family.files.has(added.number)) throw invalid(`table file ${added.number} is added twice`);
    family.files.set(added.number, added);
  }
}

function newFamily(id: number, name: string): GrowingFamily {
  return { id, name, logNumber: 0, files: new Map() };
}

/** The name in `CURRENT`, or `undefined` when it holds something else. */
export function manifestName(current: string): string | undefined {
  const name = /^(MANIFEST-\d{6,15})\n$/.exec(current)?.[1];
  return name === undefined ? undefined : basename(name);
}
