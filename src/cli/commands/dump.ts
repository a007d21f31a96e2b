import { JSON_DUMP_HELP } from '../dump/dump-help.ts';
import type { Command } from '../command.ts';
import { requireDataDirectory } from '../data-directory-check.ts';
import { dumpRows } from '../dump/dump-rows.ts';
import { EXIT } from '../exit-codes.ts';

export const dumpCommand: Command = {
  name: 'dump',
  summary: 'print every row of the live generation, one JSON object a line',
  about: JSON_DUMP_HELP,
  positionals: [{ name: 'DIR', describe: 'the data directory' }],
  options: {
    store: { type: 'string', value: 'NAME', describe: 'only this store' },
    table: { type: 'string', value: 'NAME', describe: 'only the table of this name' },
    decode: { type: 'boolean', describe: "Recon's rows as readable fields instead of bytes" },
  },
  run: async ({ given, terminal, signal }) => {
    const directory = given.positional(0);
    await requireDataDirectory(directory);
    await dumpRows({
      directory,
      store: given.text('store'),
      table: given.text('table'),
      decode: given.flag('decode'),
      terminal,
      signal,
    });
    return EXIT.ok;
  },
};
