import { reconStatusRows, type ReconStatusRow } from '../../recon/index.ts';
import { DATA_DIR_OPTION, JSON_OPTION, type Command } from '../command.ts';
import { requireDataDirectory } from '../data-directory-check.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { readOutsideStatus } from '../outside-status.ts';
import { humanCount } from '../quantities.ts';
import { readRequests } from '../task-status/stored-requests.ts';
import { storedRuns } from '../task-status/stored-runs.ts';
import { isHeld, storedStatus } from '../task-status/stored-status.ts';
import type { Output } from '../terminal.ts';
import { textTable } from '../text-table.ts';

export const reconStatusCommand: Command = {
  name: 'recon status',
  summary: "show Recon's status rows of a data directory, also while another process holds it",
  about: `Shows for each task and for the staging when it last began or ended, up to which sequence its data has got, whether
the last run that ended went well, and whether one is going on: with --json as Recon's GET /task/status does (0: ok,
-1: failed). They come from what the holder of the directory has last written and from the run history: "never" is
also what is not known. Where \`recon follow\` has run, its last requests to the Ozone Manager are told too. Needs no lock,
changes nothing.`,
  positionals: [],
  options: { 'data-dir': DATA_DIR_OPTION, json: JSON_OPTION },
  run: async ({ given, terminal: { out } }) => {
    const directory = given.required('data-dir');
    await requireDataDirectory(directory);
    const outside = await readOutsideStatus(directory);
    const requests = await readRequests(directory, isHeld(outside));
    const rows = reconStatusRows(storedStatus(outside), requests, { runs: await storedRuns(directory) });
    if (given.flag('json')) await out.line(jsonText(rows, 2));
    else for (const line of rowLines(rows, out)) await out.line(line);
    return EXIT.ok;
  },
};

function rowLines(rows: readonly ReconStatusRow[], out: Output): readonly string[] {
  const columns = [
    { title: 'Task' },
    { title: 'Last updated' },
    { title: 'Sequence', align: 'right' as const },
    { title: 'Last run' },
    { title: 'Running' },
  ];
  const cells = rows.map((row) => [
    row.taskName,
    row.lastUpdatedTimestamp === 0 ? 'never' : new Date(row.lastUpdatedTimestamp).toISOString(),
    humanCount(row.lastUpdatedSeqNumber),
    row.lastTaskRunStatus === 0 ? 'ok' : 'failed',
    row.isCurrentTaskRunning === 0 ? 'no' : 'yes',
  ]);
  return textTable(columns, cells, out.bold);
}
