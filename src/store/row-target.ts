/** Takes merged rows, in ascending key order; its promise asks to wait before the next one. */
export type RowTarget = (
  key: Uint8Array,
  keyLength: number,
  value: Uint8Array,
  valueLength: number,
) => Promise<void> | undefined;
