import { JSON_OPTION, type Command } from '../command.ts';
import { requireDataDirectory } from '../data-directory-check.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { readOutsideStatus } from '../outside-status.ts';
import { statusLines } from '../status-lines.ts';

export const statusCommand: Command = {
  name: 'status',
  summary: 'show the state of a data directory, also while another process holds it',
  about: `Reads what the holder of the directory has last written about itself. Needs no lock, opens no database, changes
nothing.`,
  positionals: [{ name: 'DIR', describe: 'the data directory' }],
  options: { json: JSON_OPTION },
  run: async ({ given, terminal: { out } }) => {
    const directory = given.positional(0);
    await requireDataDirectory(directory);
    const status = await readOutsideStatus(directory);
    if (given.flag('json')) await out.line(jsonText(status, 2));
    else for (const line of statusLines(status, out)) await out.line(line);
    return EXIT.ok;
  },
};
