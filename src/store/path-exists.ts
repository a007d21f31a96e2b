import { stat } from 'node:fs/promises';

/** Whether something lies at a path, as far as this process may see. */
export async function pathExists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
