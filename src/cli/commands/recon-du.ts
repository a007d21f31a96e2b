import type { Invocation } from '../command.ts';
import { usageOf, type SubPath, type Usage, type UsageOptions } from '../namespace/usage.ts';
import { namespaceCommand } from '../namespace-command.ts';
import { printable } from '../printable.ts';
import { humanCount, humanSize } from '../quantities.ts';
import type { Output, Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';

const DEFAULT_LIMIT = 30;

export const reconDuCommand = namespaceCommand<Usage>({
  name: 'du',
  summary: 'show the size of a path and of what lies right below it',
  about: `Answers as \`ozone admin namespace du\` does, from the live generation: the largest paths first, ${DEFAULT_LIMIT} at most.
Takes the lock, changes no row.`,
  options: {
    files: { type: 'boolean', short: 'f', describe: 'list keys too (reads the key table)' },
    file: { type: 'boolean', sameAs: 'files', describe: '' },
    replica: { type: 'boolean', short: 'r', describe: 'show the size with all replicas too' },
    'no-sort': { type: 'boolean', describe: 'list in the order in which they are kept' },
    limit: {
      type: 'string',
      short: 'l',
      value: 'N',
      describe: `list at most N paths (default: ${DEFAULT_LIMIT})`,
    },
    all: { type: 'boolean', short: 'a', describe: 'list all paths' },
    'no-header': { type: 'boolean', short: 'n', describe: 'list the paths only, not the path itself' },
  },
  prepare: (invocation) => {
    optionsOf(invocation);
  },
  answer: (namespace, entity, invocation) => usageOf(namespace, entity, optionsOf(invocation)),
  json: (usage, path) => ({
    status: 'OK',
    path,
    size: usage.size,
    sizeWithReplica: usage.replicatedSize ?? -1n,
    sizeDirectKey: usage.directSize ?? -1n,
    subPathCount: usage.subPathCount,
    subPaths: usage.subPaths.map((sub) => ({
      path: sub.path,
      size: sub.size,
      sizeWithReplica: sub.replicatedSize ?? -1n,
      isKey: sub.isKey,
    })),
  }),
  print: printUsage,
});

function optionsOf({ given }: Invocation): UsageOptions {
  const limit = given.number('limit', { min: 1, max: Infinity, whole: true }) ?? DEFAULT_LIMIT;
  return {
    files: given.flag('files'),
    sorted: !given.flag('no-sort'),
    limit: given.flag('all') ? Infinity : limit,
  };
}

async function printUsage(usage: Usage, { out }: Terminal, { given }: Invocation): Promise<void> {
  const withReplica = given.flag('replica');
  if (!given.flag('no-header')) {
    const rows: [title: string, value: string][] = [
      ['Path', given.positional(0)],
      ['Total Size', humanSize(usage.size)],
    ];
    if (withReplica) rows.push(['Total Disk Usage', replicaText(usage.replicatedSize)]);
    if (usage.directSize !== undefined) rows.push(['Size of Direct Keys', humanSize(usage.directSize)]);
    for (const [title, value] of rows) await out.line(`${out.underline(title)} : ${value}`);
    await out.line();
  }
  for (const line of pathLines(usage, withReplica, out)) await out.line(line);
  if (usage.subPathCount === 0) await out.line(emptyText(usage, given.flag('files')));
}

function pathLines({ subPaths, subPathCount }: Usage, withReplica: boolean, out: Output): readonly string[] {
  if (subPaths.length === 0) return [];
  const columns = [
    { title: 'Size', align: 'right' as const },
    ...(withReplica ? [{ title: 'Disk Usage', align: 'right' as const }] : []),
    { title: 'Path Name' },
  ];
  const rows = subPaths.map((sub) => [
    humanSize(sub.size),
    ...(withReplica ? [replicaText(sub.replicatedSize)] : []),
    nameOf(sub),
  ]);
  const hidden = subPathCount - subPaths.length;
  const more = hidden > 0 ? [`and ${humanCount(hidden)} more (--all lists them)`] : [];
  return [...textTable(columns, rows, out.underline), ...more];
}

/** As in Ozone, everything but a key ends in a slash. */
function nameOf({ path, isKey }: SubPath): string {
  return printable(isKey ? path : `${path}/`);
}

function replicaText(size: bigint | undefined): string {
  return size === undefined ? 'unknown' : humanSize(size);
}

function emptyText({ size }: Usage, files: boolean): string {
  if (size === 0n) return 'The object is empty.';
  return `There is no sub-path right below this object.${files ? '' : ' Add --files to list its keys, if it has any.'}`;
}
