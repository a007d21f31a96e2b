import { parseArgs } from 'node:util';
import { SHARED_OPTIONS, type Command, type OptionRule } from './command.ts';
import { UsageError } from './usage-error.ts';

/** What was given to a command, checked. */
export class Arguments {
  readonly #flags: ReadonlySet<string>;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #positionals: readonly string[];

  constructor(
    flags: ReadonlySet<string>,
    texts: ReadonlyMap<string, string>,
    positionals: readonly string[],
  ) {
    this.#flags = flags;
    this.#texts = texts;
    this.#positionals = positionals;
  }

  flag(name: string): boolean {
    return this.#flags.has(name);
  }

  text(name: string): string | undefined {
    return this.#texts.get(name);
  }

  /** An option or positional that the parser has made sure of. */
  required(name: string): string {
    const text = this.#texts.get(name);
    if (text === undefined) throw new UsageError(`Expected \`--${name}\` to be given`);
    return text;
  }

  positional(index: number): string {
    return this.#positionals[index] ?? '';
  }

  /** A number option within bounds. */
  number(name: string, rule: { readonly min: number; readonly max: number; readonly whole: boolean }) {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    const holds = text.trim() !== '' && value >= rule.min && value <= rule.max;
    if (holds && (!rule.whole || Number.isSafeInteger(value))) return value;
    const kind = rule.whole ? 'a whole number' : 'a number';
    const range = rule.max === Infinity ? `of at least ${rule.min}` : `from ${rule.min} to ${rule.max}`;
    throw new UsageError(`Expected \`--${name}\` to be ${kind} ${range}, got \`${text}\``);
  }

  /** One of a few words. */
  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new UsageError(`Expected \`--${name}\` to be ${choices.join(' or ')}, got \`${text}\``);
  }
}

/** Whether `--help` is among the arguments; it is answered whatever else is wrong. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

/** Checks the arguments of one command. Throws `UsageError` on whatever it does not know. */
export function parseArguments(command: Command, args: readonly string[]): Arguments {
  const rules: Readonly<Record<string, OptionRule>> = { ...command.options, ...SHARED_OPTIONS };
  const options = Object.fromEntries(
    Object.entries(rules).map(([name, { type, short }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const flags = new Set<string>();
  const texts = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const rule = Object.hasOwn(rules, token.name) ? rules[token.name] : undefined;
    if (rule === undefined) throw unknownOption(token.rawName, rules);
    const name = rule.sameAs ?? token.name;
    if (rule.type === 'boolean') {
      if (token.value !== undefined)
        throw new UsageError(`Expected \`${token.rawName}\` to have no value, got \`${token.value}\``);
      flags.add(name);
    } else {
      texts.set(name, valueOf(token, rule));
    }
  }
  checkPositionals(command, positionals);
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.required === true && !texts.has(name))
      throw new UsageError(`Expected \`--${name} ${rule.value ?? ''}\` to be given: ${rule.describe}`);
  }
  return new Arguments(flags, texts, positionals);
}

function valueOf(
  token: {
    readonly rawName: string;
    readonly value?: string | undefined;
    readonly inlineValue?: boolean | undefined;
  },
  rule: OptionRule,
): string {
  const { value } = token;
  // `--data-dir --json`: the next option is no value.
  if (value === undefined || value === '' || (token.inlineValue !== true && value.startsWith('-'))) {
    throw new UsageError(
      `Expected \`${token.rawName}\` to be followed by ${rule.value ?? 'a value'}: ${rule.describe}`,
    );
  }
  return value;
}

function unknownOption(given: string, rules: Readonly<Record<string, OptionRule>>): UsageError {
  const known = Object.keys(rules).filter((name) => rules[name]?.sameAs === undefined);
  return new UsageError(
    `Unknown option \`${given}\`: expected one of ${known.map((name) => `--${name}`).join(', ')}`,
  );
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const missing = command.positionals[given.length];
  if (missing !== undefined)
    throw new UsageError(`Expected ${missing.name} to be given: ${missing.describe}`);
  if (command.positionals.some((_, index) => given[index] === ''))
    throw new UsageError(`Expected ${command.positionals.map(({ name }) => name).join(' ')} not to be empty`);
  const extra = given[command.positionals.length];
  if (extra !== undefined) {
    const wanted = command.positionals.map(({ name }) => name).join(' ');
    throw new UsageError(
      `Unexpected argument \`${extra}\`: expected ${wanted === '' ? 'none' : `only ${wanted}`}`,
    );
  }
}
