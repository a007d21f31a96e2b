/** Refuses what is no option, and values of a wrong form. A programming mistake, so a `TypeError`. */
export function requireOptions(options: object, keys: readonly string[]): void {
  for (const [key, value] of Object.entries(options)) {
    if (!keys.includes(key))
      throw new TypeError(`Expected one of the options ${keys.join(', ')}, got \`${key}\``);
    if (value === undefined) continue;
    const [isRight, expected] = FORMS[key] ?? [() => true, ''];
    if (!isRight(value))
      throw new TypeError(
        `Expected \`${key}\` to be ${expected}, got \`${String(value)}\` (${typeof value})`,
      );
  }
  if (keys[0] === 'stagingDirectory' && !('stagingDirectory' in options)) {
    throw new TypeError('Expected `stagingDirectory` to be a path, got `undefined` (undefined)');
  }
}

type Form = readonly [isRight: (value: unknown) => boolean, expected: string];

const BOOLEAN: Form = [(value) => typeof value === 'boolean', 'a boolean'];

const FORMS: Readonly<Record<string, Form>> = {
  stagingDirectory: [(value) => typeof value === 'string' && value !== '', 'a path'],
  signal: [(value) => typeof value === 'object' && value !== null && 'aborted' in value, 'an AbortSignal'],
  requireComplete: BOOLEAN,
  verifyChecksums: BOOLEAN,
};

export function requirePath(name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw new TypeError(`Expected \`${name}\` to be a path, got \`${String(value)}\` (${typeof value})`);
}
