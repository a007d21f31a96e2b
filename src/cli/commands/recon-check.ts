import { totalWrong, checkLines } from '../check/check-lines.ts';
import { checkRecon, READING, type CheckOptions, type CheckResult } from '../check/check-run.ts';
import { reconFiles } from '../check/recon-folder.ts';
import { JSON_OPTION, type Command, type Invocation } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { RebuildProgress } from '../rebuild-progress.ts';
import { flagWarning } from '../rebuild-summary.ts';

const DEFAULT_LIMIT = 20;

export const reconCheckCommand: Command = {
  name: 'recon check',
  summary: 'list the rows in which the tables of a real Recon are wrong; exit code 3 if there are any',
  about: `Rebuilds Recon's six tables from a checkpoint of the Ozone Manager, in a temporary folder that it removes (TMPDIR
says where; it must have room for the tables and for an unpacked archive), and compares them with what a Recon has.
Both must be of the same sequence. A table whose file is missing is skipped. Two sizes that every rebuild of Recon
swaps are told, and not counted as wrong. Changes nothing that it is given.`,
  positionals: [
    { name: 'OM_DB', describe: 'a directory with a checkpoint of om.db, or its archive (.tar, .tar.gz)' },
    {
      name: 'RECON_TABLES',
      describe: 'a folder of files TABLE.hex: a row a line, key and value in hexadecimal, in key order',
    },
  ],
  options: {
    'filesystem-paths': {
      type: 'boolean',
      describe: 'LEGACY buckets are file systems: the value of ozone.om.enable.filesystem.paths',
    },
    limit: {
      type: 'string',
      value: 'N',
      describe: `show at most N wrong rows a table (default: ${DEFAULT_LIMIT})`,
    },
    json: JSON_OPTION,
    quiet: { type: 'boolean', describe: 'show no progress' },
  },
  run: async (invocation) => {
    const { given, signal } = invocation;
    const options: CheckOptions = {
      origin: given.positional(0),
      limit: given.number('limit', { min: 0, max: Infinity, whole: true }) ?? DEFAULT_LIMIT,
      filesystemPaths: given.flag('filesystem-paths'),
      files: await reconFiles(given.positional(1)),
      signal,
    };
    const result = await check(invocation, options);
    await print(invocation, options, result);
    return totalWrong(result.tables) === 0 ? EXIT.ok : EXIT.wrong;
  },
};

async function check({ given, terminal }: Invocation, options: CheckOptions): Promise<CheckResult> {
  let status: ConstructorParameters<typeof RebuildProgress>[2] = () => undefined;
  const progress = new RebuildProgress(terminal.err, given.flag('quiet'), () => status());
  try {
    return await checkRecon(options, {
      opened: (reprocessor) => {
        status = () => reprocessor.status().run;
      },
      step: (name) => {
        progress.begin(name, name === READING);
      },
    });
  } finally {
    await progress.end();
  }
}

async function print(
  { given, terminal: { out, err } }: Invocation,
  { filesystemPaths }: CheckOptions,
  result: CheckResult,
): Promise<void> {
  const { sequence, report, tables } = result;
  const warning = flagWarning(report);
  if (given.flag('json')) {
    const wrongRows = totalWrong(tables);
    await out.line(jsonText({ format: 1, sequence, filesystemPaths, wrongRows, warning, tables, report }, 2));
    return;
  }
  for (const line of checkLines(result, out)) await out.line(line);
  if (warning !== undefined) await err.line(`${err.yellow('Warning:')} ${warning}`);
}
