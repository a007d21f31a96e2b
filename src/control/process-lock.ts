import { stat } from 'node:fs/promises';

/**
 * Which directories this process has open, whatever copy of the library opened them. LevelDB must not be asked: its
 * refusal closes the lock file, by which POSIX drops the lock that this process holds already, so that another process
 * could take the directory. By device and inode, since a link is another name of the same directory.
 */
const REGISTRY = Symbol.for('staged-reprocessor.open-directories');

/** Takes the directory for this process; `undefined` when it has it open. The returned function gives it back. */
export async function takeDirectory(path: string): Promise<(() => void) | undefined> {
  const { dev, ino } = await stat(path, { bigint: true });
  const key = `${String(dev)}:${String(ino)}`;
  const open = openDirectories();
  if (open.has(key)) return undefined;
  open.add(key);
  return () => {
    open.delete(key);
  };
}

function openDirectories(): Set<string> {
  const known: unknown = Reflect.get(globalThis, REGISTRY);
  if (isDirectorySet(known)) return known;
  const fresh = new Set<string>();
  Reflect.set(globalThis, REGISTRY, fresh);
  return fresh;
}

/** Nobody else writes under the library's own symbol. */
function isDirectorySet(value: unknown): value is Set<string> {
  return value instanceof Set;
}
