import { StagedReprocessor, type Diagnosis } from '../../index.ts';
import { JSON_OPTION, type Command } from '../command.ts';
import { requireDataDirectory } from '../data-directory-check.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { holderState } from '../outside-status.ts';
import { recordedStores } from '../recorded-stores.ts';
import { holderText } from '../status-lines.ts';
import type { Output } from '../terminal.ts';
import { textTable } from '../text-table.ts';

export const diagnoseCommand: Command = {
  name: 'diagnose',
  summary: 'check a data directory and its stores; exit code 1 if something is wrong',
  about: `Compares the control record with what lies in the stores, and says what the next opening will do. Works on copies
outside the directory: no byte in it changes, and no lock is needed.`,
  positionals: [{ name: 'DIR', describe: 'the data directory' }],
  options: { json: JSON_OPTION },
  run: async ({ given, terminal: { out } }) => {
    const directory = given.positional(0);
    await requireDataDirectory(directory);
    const { stores, unreadable } = await recordedStores(directory);
    const diagnosis = await StagedReprocessor.diagnose(directory, stores);
    if (given.flag('json')) await out.line(jsonText({ ...diagnosis, notChecked: unreadable }, 2));
    else for (const line of diagnosisLines(diagnosis, unreadable, out)) await out.line(line);
    return diagnosis.healthy ? EXIT.ok : EXIT.failed;
  },
};

function diagnosisLines(diagnosis: Diagnosis, unreadable: readonly string[], out: Output): readonly string[] {
  const { directory, holder, homeId, revision, live, retained, unfinished, problems, next, runs } = diagnosis;
  const lastRun = runs.at(-1);
  return [
    `Directory   ${directory}`,
    `Healthy     ${diagnosis.healthy ? out.green('yes') : out.red('no')}`,
    `Held by     ${holderText({ holder, holderState: holderState(holder) })}`,
    `Record      ${homeId === undefined ? 'none' : `revision ${revision ?? 0} of ${homeId}`}`,
    `Live        ${live === undefined ? 'nothing' : `generation ${live}`}`,
    `Retained    ${retained.length === 0 ? 'none' : retained.join(', ')}`,
    `Unfinished  ${unfinished === undefined ? 'nothing' : `a switch (${unfinished})`}`,
    ...(lastRun === undefined ? [] : [`Last run    ${lastRun.generation}: ${lastRun.outcome}`]),
    '',
    ...storeLines(diagnosis, out),
    ...unreadable.map((store) => `Store '${store}' was not checked: only its own host can open it`),
    ...problems.map(({ code, message }) => `${out.red('Problem:')} ${code}: ${message}`),
    ...next,
  ];
}

function storeLines({ stores }: Diagnosis, out: Output): readonly string[] {
  if (stores.length === 0) return [];
  const rows = stores.map(({ store, kind, live, generations }) => [
    store,
    kind,
    live === undefined ? 'none' : String(live),
    generations.map(({ generation, state }) => `${generation} (${state})`).join(', '),
  ]);
  const columns = ['Store', 'Kind', 'Live', 'Generations'].map((title) => ({ title }));
  return [...textTable(columns, rows, out.bold), ''];
}
