import { expected } from '../../store/expected.ts';

export function asRecord(value: unknown, option: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw expected(option, 'an object', value);
  return Object.fromEntries(Object.entries(value));
}

export function asList(value: unknown, option: string): readonly unknown[] {
  if (!Array.isArray(value)) throw expected(option, 'an array', value);
  return value.map((item: unknown) => item);
}

export function asText(value: unknown, option: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw expected(option, 'a non-empty string', value);
  return value;
}

/** A name that SQLite can hold: not empty, well-formed Unicode, no NUL (which would end it there). */
export function asName(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0') || !value.isWellFormed()) {
    throw expected(option, 'a name (not empty, no NUL, well-formed)', value);
  }
  return value;
}

export function oneOf<Known extends string>(value: unknown, known: readonly Known[], option: string): Known {
  const found = known.find((one) => one === value);
  if (found === undefined) throw expected(option, known.map((one) => `'${one}'`).join(' | '), value);
  return found;
}
