import { expected } from '../store/expected.ts';

/** The name of a task's store. Where none is given, `Store` is the default of the task's type parameter, `standard`. */
export function storeName<Store extends string>(given: Store | undefined, standard: string): Store {
  return given ?? (standard as Store);
}

/** Checks the options object of a task and the name of its store. */
export function checkTaskOptions(options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      throw expected(
        'options',
        `an object with no keys but ${known.map((key) => `\`${key}\``).join(', ')}`,
        name,
      );
    }
    if (name === 'store' && (typeof value !== 'string' || value === '')) {
      throw expected('store', 'the name of a store', value);
    }
    if (name === 'filesystemPaths' && typeof value !== 'boolean') {
      throw expected('filesystemPaths', 'a boolean', value);
    }
    if (name === 'now' && typeof value !== 'function') {
      throw expected('now', 'a function that returns milliseconds since the epoch', value);
    }
  }
}
