import { SHARED_OPTIONS, type Command, type OptionRule } from './command.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';

const PROGRAM = 'staged-reprocessor';

/** The text of `staged-reprocessor --help`. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, positionals, summary }): Row => [
    [name, ...positionals.map((one) => one.name)].join(' '),
    summary,
  ]);
  return `Usage: ${PROGRAM} COMMAND [OPTIONS]

Looks after data that is rebuilt beside the live data and switched in at one instant.

Commands:
${aligned(rows)}

Options:
${aligned([
  ['-h, --help', 'show this text; after a command: that of the command'],
  ['--version', 'show the version'],
])}

${EXIT_CODES_HELP}
`;
}

/** The text of `--help` of one command. */
export function commandHelp(command: Command): string {
  const options = { ...command.options, ...SHARED_OPTIONS };
  const words = Object.entries(command.options)
    .filter(([, rule]) => rule.sameAs === undefined)
    .map(([name, rule]) => {
      const text = rule.type === 'string' ? `--${name} ${rule.value ?? ''}` : `--${name}`;
      return rule.required === true ? text : `[${text}]`;
    });
  const usage = [PROGRAM, command.name, ...command.positionals.map(({ name }) => name), ...words].join(' ');
  const positionals =
    command.positionals.length === 0
      ? ''
      : `\nArguments:\n${aligned(command.positionals.map(({ name, describe }): Row => [name, describe]))}\n`;
  const rows = Object.entries(options)
    .filter(([, rule]) => rule.sameAs === undefined)
    .map(([name, rule]): Row => [optionText(name, rule), rule.describe]);
  return `Usage: ${usage}

${command.about}
${positionals}
Options:
${aligned(rows)}

${EXIT_CODES_HELP}
`;
}

type Row = readonly [left: string, right: string];

function optionText(name: string, rule: OptionRule): string {
  const short = rule.short === undefined ? '' : `-${rule.short}, `;
  return `${short}--${name}${rule.type === 'string' ? ` ${rule.value ?? ''}` : ''}`;
}

function aligned(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
