import { describe, expect, it } from 'vitest';
import { storedReconTasks } from '../../src/cli/stored-tasks.ts';
import { RECON_TABLES } from '../../src/cli/check/recon-folder.ts';
import { containerTables, namespaceTables, statsTables } from '../../src/recon/index.ts';
import type { ReconOmTask } from '../../src/task/task.ts';
import { dumped, fixtures, Folder, run } from './command-line.ts';

const om1 = `${fixtures}/ozone/ozone-3k/om1.tar.gz`;
const declared = Object.keys({ ...namespaceTables, ...containerTables, ...statsTables });
const hidden = storedReconTasks(false).flatMap((task: ReconOmTask) => task.privateTables ?? []);
const shown = declared.filter((table) => !hidden.includes(table));

describe('dump', () => {
  it("leaves out what only the tasks need to remember: it prints Recon's six tables, and no others", async () => {
    using folder = new Folder();
    const data = folder.file('data');
    expect(await run(['recon', 'rebuild', om1, '--data-dir', data])).toMatchObject({ code: 0 });
    const { code, stdout } = await run(['dump', data]);
    expect(code).toBe(0);
    const tables = [...dumped(stdout).keys()];
    expect(tables.toSorted()).toEqual(shown.toSorted());
    expect(tables).toHaveLength(RECON_TABLES.length);
    expect(hidden).not.toEqual([]);
    for (const table of hidden) {
      const refused = await run(['dump', data, '--table', table]);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(`got \`${table}\``);
      expect(refused.stderr.split(', got ')[0]).not.toContain(table);
    }
  });
});
