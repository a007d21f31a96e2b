import { requireDataDirectory } from '../data-directory-check.ts';
import { applyDeltas, type Applied } from '../apply-run.ts';
import { DATA_DIR_OPTION, JSON_OPTION, type Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { humanCount, humanTime } from '../quantities.ts';

export const reconApplyCommand: Command = {
  name: 'recon apply',
  summary: "apply an Ozone Manager's write batches to Recon's tables",
  about: `The file holds RocksDB write batches as an Ozone Manager sends them, each after its length as a big-endian
int32; one whose name ends in .gz is unzipped. What the data directory has already is left out, so a file may be
given twice, and may begin before the checkpoint. How LEGACY buckets are read is recorded in the directory.`,
  positionals: [{ name: 'DELTAS', describe: 'the file with the write batches (.bin, .bin.gz)' }],
  options: {
    'data-dir': {
      ...DATA_DIR_OPTION,
      describe: 'the data directory, as `recon rebuild` or `recon follow` has made it',
    },
    json: JSON_OPTION,
    quiet: { type: 'boolean', describe: 'show no progress' },
  },
  run: async ({ given, terminal, signal }) => {
    const { out, err } = terminal;
    const dataDir = given.required('data-dir');
    await requireDataDirectory(dataDir);
    const showsProgress = err.isTty && !given.flag('quiet');
    let last: Applied | undefined;
    try {
      last = await applyDeltas(given.positional(0), {
        dataDir,
        signal,
        alert: ({ code, message }) => {
          void err.line(`${err.yellow('Alert')} ${code}: ${message}`).catch(() => undefined);
        },
        progress: (applied) => {
          last = applied;
          if (showsProgress) void err.write(`\r\u001b[K${progressText(applied)}`).catch(() => undefined);
        },
      });
    } catch (error) {
      if (showsProgress) await err.write('\r\u001b[K');
      if (last !== undefined) await err.line(`Taken before that: ${progressText(last)}`);
      throw error;
    }
    if (showsProgress) await err.write('\r\u001b[K');
    await out.line(given.flag('json') ? jsonText(last, 2) : resultText(last));
    return EXIT.ok;
  },
};

function progressText({ sequence, batches, events }: Applied): string {
  return `${humanCount(batches)} batches, ${humanCount(events)} changes, at ${humanCount(sequence)}`;
}

function resultText({ before, sequence, batches, events, durationMs }: Applied): string {
  if (sequence === before) {
    return `Nothing new in ${humanCount(batches)} batches: the tables stand at sequence ${humanCount(sequence)}`;
  }
  const rate = durationMs > 0 ? `, ${humanCount((events * 1000) / durationMs)} a second` : '';
  return `Applied ${humanCount(events)} changes of ${humanCount(batches)} batches in ${humanTime(durationMs)}${rate}: from sequence ${humanCount(before)} to ${humanCount(sequence)}`;
}
