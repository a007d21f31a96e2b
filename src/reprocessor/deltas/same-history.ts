/** Whether sequences may be compared: what names no history counts in that of the data. */
export function isSameHistory(left: string | undefined, right: string | undefined): boolean {
  return left === undefined || right === undefined || left === right;
}
