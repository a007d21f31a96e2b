import { isReprocessError } from '../errors.ts';
import { asksForHelp, parseArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { diagnoseCommand } from './commands/diagnose.ts';
import { dumpCommand } from './commands/dump.ts';
import { reconApplyCommand } from './commands/recon-apply.ts';
import { reconCheckCommand } from './commands/recon-check.ts';
import { reconDistCommand } from './commands/recon-dist.ts';
import { reconDuCommand } from './commands/recon-du.ts';
import { reconFollowCommand } from './commands/recon-follow.ts';
import { reconRebuildCommand } from './commands/recon-rebuild.ts';
import { reconStatusCommand } from './commands/recon-status.ts';
import { reconSummaryCommand } from './commands/recon-summary.ts';
import { statusCommand } from './commands/status.ts';
import { EXIT } from './exit-codes.ts';
import { commandHelp, programHelp } from './help-text.ts';
import { packageVersion } from './package-version.ts';
import { printFailure } from './print-failure.ts';
import { StopSignals } from './stop-signals.ts';
import { isOutputClosed, processTerminal, type Terminal } from './terminal.ts';
import { isUsageError, UsageError } from './usage-error.ts';

const COMMANDS: readonly Command[] = [
  reconRebuildCommand,
  reconApplyCommand,
  reconFollowCommand,
  reconSummaryCommand,
  reconDuCommand,
  reconDistCommand,
  reconCheckCommand,
  reconStatusCommand,
  statusCommand,
  diagnoseCommand,
  dumpCommand,
];

/** Runs one command of the process; resolves with the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const stops = new StopSignals();
  try {
    return await dispatch(args, terminal, stops.signal);
  } catch (error) {
    if (isOutputClosed(error)) return EXIT.ok;
    if (isUsageError(error)) {
      await terminal.err.line(`${terminal.err.red('staged-reprocessor:')} ${error.message}`);
      await terminal.err.line(
        `Try: staged-reprocessor ${[...(commandOf(args)?.words ?? []), '--help'].join(' ')}`,
      );
      return EXIT.usage;
    }
    await printFailure(terminal.err, error, args.includes('--verbose'));
    const { exitCode } = stops;
    return exitCode !== undefined && isReprocessError(error, 'REPROCESS_ABORTED') ? exitCode : EXIT.failed;
  } finally {
    stops.dispose();
  }
}

async function dispatch(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const found = commandOf(args);
  if (found !== undefined) {
    const rest = args.slice(found.words.length);
    if (asksForHelp(rest)) {
      await terminal.out.write(commandHelp(found.command));
      return EXIT.ok;
    }
    return found.command.run({ given: parseArguments(found.command, rest), terminal, signal });
  }
  if (asksForHelp(args)) {
    const prefix = args.filter((arg) => !arg.startsWith('-'));
    const shown = COMMANDS.filter(({ name }) =>
      prefix.every((word, index) => name.split(' ')[index] === word),
    );
    if (shown.length > 0) {
      await terminal.out.write(programHelp(shown));
      return EXIT.ok;
    }
  }
  if (args.length === 1 && args[0] === '--version') {
    await terminal.out.line(packageVersion());
    return EXIT.ok;
  }
  const names = COMMANDS.map(({ name }) => name).join(', ');
  const [first] = args;
  if (first === undefined) throw new UsageError(`Expected a command: ${names}`);
  throw first.startsWith('-')
    ? new UsageError(`Unknown option \`${first}\`: expected a command first (${names}), --help or --version`)
    : new UsageError(
        `Unknown command \`${args
          .slice(0, 2)
          .filter((arg) => !arg.startsWith('-'))
          .join(' ')}\`: expected one of ${names}`,
      );
}

function commandOf(
  args: readonly string[],
): { readonly command: Command; readonly words: readonly string[] } | undefined {
  for (const command of COMMANDS) {
    const words = command.name.split(' ');
    if (words.every((word, index) => args[index] === word)) return { command, words };
  }
  return undefined;
}
