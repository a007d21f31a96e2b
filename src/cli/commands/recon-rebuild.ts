import { stat } from 'node:fs/promises';
import { isReprocessError } from '../../errors.ts';
import { openOmCheckpoint } from '../../ozone/index.ts';
import { DATA_DIR_OPTION, JSON_OPTION, type Command, type Invocation } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { humanSize } from '../quantities.ts';
import { RebuildProgress } from '../rebuild-progress.ts';
import {
  READING,
  rebuildRecon,
  type DiskNeed,
  type Rebuilt,
  type RebuildOptions,
  type TakenCheckpoint,
} from '../rebuild-run.ts';
import { flagWarning, rebuildSummary, recordLines } from '../rebuild-summary.ts';

export const reconRebuildCommand: Command = {
  name: 'recon rebuild',
  summary: "rebuild Recon's six tables from a checkpoint of an Ozone Manager",
  about: `Takes the checkpoint into the data directory (hard links, else a copy; the given one stays as it is), rebuilds
Recon's six tables from it beside the live ones, verifies them, and switches them in at one instant. Until then,
and if anything fails, the old tables stay live. The option --filesystem-paths is recorded.`,
  positionals: [
    {
      name: 'OM_DB_OR_TAR',
      describe: 'a directory with a checkpoint of om.db, or its archive (.tar, .tar.gz)',
    },
  ],
  options: {
    'data-dir': { ...DATA_DIR_OPTION, describe: 'the data directory, created if it is missing' },
    'filesystem-paths': {
      type: 'boolean',
      describe: 'LEGACY buckets are file systems: the value of ozone.om.enable.filesystem.paths',
    },
    verify: {
      type: 'string',
      value: 'standard|full',
      describe: 'how the new tables are checked (default: standard)',
    },
    'max-shrink': {
      type: 'string',
      value: 'N',
      describe: 'share of its rows, 0 to 1, that a store may lose (default: 0.5)',
    },
    json: JSON_OPTION,
    quiet: { type: 'boolean', describe: 'show no progress' },
  },
  run: async (invocation) => {
    const { given, terminal, signal } = invocation;
    const options: RebuildOptions = {
      origin: given.positional(0),
      dataDir: given.required('data-dir'),
      filesystemPaths: given.flag('filesystem-paths'),
      verify: given.choice('verify', ['standard', 'full']) ?? 'standard',
      maxShrink: given.number('max-shrink', { min: 0, max: 1, whole: false }),
      signal,
    };
    await requireCheckpoint(options.origin, signal);
    try {
      const rebuilt = await rebuild(invocation, options);
      await print(invocation, options, rebuilt);
      return EXIT.ok;
    } catch (error) {
      if (given.flag('json') && isReprocessError(error) && 'report' in error.details) {
        await terminal.out.line(jsonText(error.details['report'], 2));
      }
      throw error;
    }
  },
};

/** Before a data directory is made for it. An archive shows what it is when it is unpacked. */
async function requireCheckpoint(origin: string, signal: AbortSignal): Promise<void> {
  const isFile = await stat(origin).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) await (await openOmCheckpoint(origin, { signal })).close();
}

async function rebuild({ given, terminal }: Invocation, options: RebuildOptions): Promise<Rebuilt> {
  const { err } = terminal;
  const quiet = given.flag('quiet');
  let progress: RebuildProgress | undefined;
  try {
    return await rebuildRecon(options, {
      opened: (reprocessor) => {
        progress = new RebuildProgress(err, quiet, () => reprocessor.status().run);
      },
      step: (name) => {
        progress?.begin(name, name === READING);
      },
      taken: async (checkpoint, disk) => {
        await progress?.end();
        // Nobody may be reading any more; that is no reason to stop.
        if (!quiet)
          for (const line of takenLines(checkpoint, disk)) await err.line(line).catch(() => undefined);
      },
      alert: ({ code, message }) => {
        void err.line(`${err.yellow('Alert')} ${code}: ${message}`).catch(() => undefined);
      },
    });
  } finally {
    await progress?.end();
  }
}

const TAKEN = {
  linked: 'taken by hard links',
  copied: 'copied',
  unpacked: 'unpacked',
} as const;

function takenLines(checkpoint: TakenCheckpoint, disk: DiskNeed): readonly string[] {
  const { sequence, sizeBytes, how } = checkpoint;
  return [
    `Checkpoint at sequence ${String(sequence)}, ${humanSize(sizeBytes)}: ${TAKEN[how]}`,
    `Disk: about ${humanSize(disk.neededBytes)} needed for the new tables, ${humanSize(disk.freeBytes)} free`,
  ];
}

async function print(
  { given, terminal }: Invocation,
  options: RebuildOptions,
  rebuilt: Rebuilt,
): Promise<void> {
  const { out, err } = terminal;
  const { report, checkpoint, disk, filesystemPathsBefore } = rebuilt;
  const { filesystemPaths } = options;
  const warning = flagWarning(report);
  if (given.flag('json')) {
    await out.line(jsonText({ ...report, checkpoint, disk, filesystemPaths, warning }, 2));
    return;
  }
  for (const line of rebuildSummary(report, out)) await out.line(line);
  for (const line of recordLines(report)) await out.line(line);
  if (filesystemPathsBefore !== undefined && filesystemPathsBefore !== filesystemPaths) {
    const word = (on: boolean): string => (on ? 'on' : 'off');
    await out.line(
      `File-system paths are ${word(filesystemPaths)} now; the rebuild before had them ${word(filesystemPathsBefore)}`,
    );
  }
  if (warning !== undefined) await err.line(`${err.yellow('Warning:')} ${warning}`);
}
