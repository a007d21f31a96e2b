import { countObjects, type CountStats } from '../namespace/count-objects.ts';
import type { EntityType } from '../namespace/entity.ts';
import { namespaceCommand } from '../namespace-command.ts';
import { humanCount } from '../quantities.ts';

interface Summary {
  readonly type: EntityType;
  readonly counts: CountStats;
}

export const reconSummaryCommand = namespaceCommand<Summary>({
  name: 'summary',
  summary: 'show what a path is, and how many volumes, buckets, directories and keys it holds',
  about: `Answers as \`ozone admin namespace summary\` does, from the live generation. Takes the lock, changes no row.`,
  answer: async (namespace, entity) => ({
    type: entity.type,
    counts: await countObjects(namespace, entity),
  }),
  json: ({ type, counts }, path) => ({ path, type, countStats: counts, status: 'OK' }),
  print: async ({ type, counts }, { out }) => {
    const { numVolume, numBucket, numDir, numKey } = counts;
    await out.line(`${out.underline('Entity Type')} : ${type}`);
    const lines = { Volumes: numVolume, Buckets: numBucket, Directories: numDir, Keys: numKey };
    for (const [title, count] of Object.entries(lines)) {
      if (count !== -1) await out.line(`${out.underline(title)} : ${humanCount(count)}`);
    }
  },
});
