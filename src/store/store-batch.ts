/** What one table gets in one commit. @public */
export interface TableWrites {
  readonly table: string;
  /** In ascending order of keys, no key twice; a row without a value is deleted, if it is there. */
  readonly rows: readonly { readonly key: Uint8Array; readonly value: Uint8Array | undefined }[];
}

/**
 * One commit into one generation: rows and the applied state, both or neither.
 *
 * @public
 */
export interface StoreBatch {
  readonly writes: readonly TableWrites[];
  /** Opaque text that says how far the generation's data has got; replaces the one before. */
  readonly applied: string;
}
