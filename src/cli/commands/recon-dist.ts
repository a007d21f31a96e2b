import { PathError } from '../namespace/entity.ts';
import { walkSubtree } from '../namespace/subtree.ts';
import { rootsOf } from '../namespace/sums.ts';
import { namespaceCommand } from '../namespace-command.ts';
import { humanCount, humanSize } from '../quantities.ts';
import { textTable } from '../text-table.ts';

interface Distribution {
  /** 41 counts of files by size, see `fileSizeBin`. */
  readonly dist: readonly number[];
}

const LAST_BIN = 40;
const BAR_CELLS = 40;

export const reconDistCommand = namespaceCommand<Distribution>({
  name: 'dist',
  summary: 'show how many files of which sizes lie below a path',
  about: `Answers as \`ozone admin namespace dist\` does, from the live generation. Takes the lock, changes no row.`,
  answer: async (namespace, entity) => {
    if (entity.type === 'KEY') {
      throw new PathError(
        'TYPE_NOT_APPLICABLE',
        'A key has no file size distribution: ask for what it lies in',
      );
    }
    return walkSubtree(namespace, await rootsOf(namespace, entity));
  },
  json: ({ dist }) => ({ dist, status: 'OK' }),
  print: async ({ dist }, { out }) => {
    await out.line(out.underline('File Size Distribution'));
    const total = dist.reduce((sum, count) => sum + count, 0);
    if (total === 0) {
      await out.line('The object is empty.');
      return;
    }
    const most = Math.max(...dist);
    const rows = dist.flatMap((count, bin) =>
      count === 0
        ? []
        : [
            [
              rangeOf(bin),
              `${((count / total) * 100).toFixed(1)} %`,
              humanCount(count),
              '#'.repeat(Math.max(1, Math.round((count / most) * BAR_CELLS))),
            ],
          ],
    );
    const columns = [
      { title: 'Size', align: 'right' as const },
      { title: 'Share', align: 'right' as const },
      { title: 'Files', align: 'right' as const },
      { title: '' },
    ];
    for (const line of textTable(columns, rows, out.bold)) await out.line(line);
  },
});

/** A bin holds the sizes above its lower bound up to its upper bound; the last one has no upper bound. */
function rangeOf(bin: number): string {
  const upper = 1n << BigInt(10 + bin);
  if (bin === LAST_BIN) return `above ${round(upper / 2n)}`;
  return `${bin === 0 ? '0 B' : round(upper / 2n)} -- ${round(upper)}`;
}

function round(bytes: bigint): string {
  return humanSize(bytes).replace('.0', '');
}
