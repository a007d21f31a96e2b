import { expected } from '../store/expected.ts';

export interface OptionRule {
  /** Completes "Expected `x` to be ...". */
  readonly requirement: string;
  readonly holds: (value: unknown) => boolean;
  readonly optional?: boolean;
}

export type OptionRules = Readonly<Record<string, OptionRule>>;

/** Checks an options object against its rules. Throws `TypeError` on a wrong value, a missing one, or an unknown key. */
export function checkOptions(name: string, options: unknown, rules: OptionRules): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw expected(name, 'an object', options);
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(rules, key)) {
      throw new TypeError(
        `Unknown option \`${key}\` in \`${name}\`: expected one of ${Object.keys(rules).join(', ')}`,
      );
    }
  }
  for (const [key, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(options, key);
    if (value === undefined ? rule.optional !== true : !rule.holds(value)) {
      throw expected(key, rule.requirement, value);
    }
  }
}
