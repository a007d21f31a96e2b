/** JSON for people and programs: 64-bit numbers as decimal strings, since most readers would round them. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, one: unknown) => (typeof one === 'bigint' ? one.toString() : one),
    indent,
  );
}
