import { open } from 'node:fs/promises';

/**
 * Makes the entries of a directory durable: a rename or a new file is only safe from a power cut once its directory is
 * synced. Windows cannot open directories; there it does nothing.
 */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
