/** The error of a wrong argument or option: what it is called, what it must be, what was given. */
export function expected(name: string, requirement: string, given: unknown): TypeError {
  return new TypeError(`Expected \`${name}\` to be ${requirement}, got ${shown(given)}`);
}

/** Throws unless `given` is an object that has no other keys than `keys`. */
export function checkKeys(given: unknown, keys: readonly string[], name = 'options'): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw expected(name, 'an object', given);
  const unknownKey = Object.keys(given).find((key) => !keys.includes(key));
  if (unknownKey !== undefined) throw expected(name, `of the keys ${keys.join(', ')}`, unknownKey);
}

function shown(value: unknown): string {
  if (value === null) return '`null` (null)';
  switch (typeof value) {
    case 'string':
      return `\`${value.length > 60 ? `${value.slice(0, 57)}...` : value}\` (string)`;
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return `\`${String(value)}\` (${typeof value})`;
    case 'symbol':
    case 'function':
    case 'object':
      return `\`${Object.prototype.toString.call(value)}\` (${Array.isArray(value) ? 'array' : typeof value})`;
    default:
      return typeof value;
  }
}
