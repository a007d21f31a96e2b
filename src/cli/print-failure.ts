import { errorCode, errorMessage, isError } from '../errors.ts';
import type { Output } from './terminal.ts';

const DEEPEST_CAUSE = 8;

/** Tells on standard error what went wrong: code and sentence, with `verbose` all causes. */
export async function printFailure(err: Output, error: unknown, verbose: boolean): Promise<void> {
  await err.line(`${err.red('staged-reprocessor:')} ${sentence(error)}`);
  let last = sentence(error);
  let cause = causeOf(error);
  if (cause !== undefined && sentence(cause) === last) cause = causeOf(cause);
  if (cause === undefined) return;
  if (!verbose) {
    await err.line(err.dim('  --verbose shows the cause'));
    return;
  }
  for (let depth = 0; cause !== undefined && depth < DEEPEST_CAUSE; depth += 1) {
    const said = sentence(cause);
    // A run hands its first error on inside one with the report: the same sentence twice helps nobody.
    if (said !== last) await err.line(`  caused by ${said}`);
    last = said;
    cause = causeOf(cause);
  }
}

function sentence(error: unknown): string {
  const code = errorCode(error);
  return code === undefined ? errorMessage(error) : `${code}: ${errorMessage(error)}`;
}

function causeOf(error: unknown): unknown {
  return isError(error) ? error.cause : undefined;
}
