import type { Header } from 'tar-stream';
import { invalidArchive } from './archive-errors.ts';

/** An entry that may be unpacked. */
export interface ArchiveEntry {
  /** Relative, with single slashes and no dots. */
  readonly name: string;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
}

const LONGEST_NAME = 1024;

/** Refuses everything but plain files and directories with harmless names. */
export function checkEntry(header: Header, file: string): ArchiveEntry {
  const shown = JSON.stringify(header.name.slice(0, LONGEST_NAME));
  const { type, size } = header;
  if (type !== 'file' && type !== 'directory') throw invalidArchive(file, `${shown} is a ${type}`);
  const isDirectory = type === 'directory';
  const name = header.name.replace(/^(\.\/)+/, '').replace(/\/$/, '');
  if (name === '' || name === '.') {
    if (isDirectory) return { name: '', isDirectory, sizeBytes: 0 };
    throw invalidArchive(file, 'it holds a file without a name');
  }
  const parts = name.split('/');
  const harmless = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (
    !harmless ||
    name.length > LONGEST_NAME ||
    /[\\\u0000-\u001f\u007f]/.test(name) ||
    /^[A-Za-z]:/.test(name)
  ) {
    throw invalidArchive(file, `the name ${shown} leads outside, or is malformed`);
  }
  if (!Number.isSafeInteger(size) || size < 0) throw invalidArchive(file, `${shown} has no size`);
  return { name, isDirectory, sizeBytes: size };
}
