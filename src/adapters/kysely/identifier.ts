/** Everything that the library creates beside the live tables bears this prefix; no declared name may. */
export const OWN_PREFIX = '__sr_';

/** The one table that holds the markers of all stores of a file. */
export const CATALOG_TABLE = '__staged_reprocessor';

/** Beside it: how far each generation's data has got. */
export const APPLIED_TABLE = '__staged_reprocessor_applied';

/** An identifier as SQL text, whatever characters it has. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal as SQL text. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** How SQLite compares identifiers: only ASCII letters are folded. */
export function folded(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The name that a table, index or trigger has in one generation. A dot in the store's name cannot blur the borders. */
export function generationName(store: string, generation: number, ...path: readonly string[]): string {
  const parts = [store, ...path].map((part) => part.replaceAll('%', '%25').replaceAll('.', '%2E'));
  return `${OWN_PREFIX}${String(generation)}_${parts.join('.')}`;
}

/** The prefix of every name of one store's generation. */
export function generationPrefix(store: string, generation: number): string {
  return `${generationName(store, generation)}.`;
}
