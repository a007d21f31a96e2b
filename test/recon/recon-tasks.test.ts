import { describe, expect, it } from 'vitest';
import {
  ContainerKeyMapperTaskFSO,
  FileSizeCountTaskOBS,
  NSSummaryTask,
  OmTableInsightTask,
  reconTasks,
} from '../../src/recon/index.ts';
import { reconStores } from './recon-stores.ts';

describe('reconTasks', () => {
  it('are the six, each for a store that reconStores makes', () => {
    const tasks = reconTasks({ filesystemPaths: true });
    expect(tasks.map(({ taskName, version, store }) => [taskName, version, store])).toEqual([
      ['NSSummaryTask', 2, 'namespace'],
      ['OmTableInsightTask', 2, 'stats'],
      ['FileSizeCountTaskFSO', 1, 'stats'],
      ['FileSizeCountTaskOBS', 1, 'stats'],
      ['ContainerKeyMapperTaskFSO', 1, 'containers'],
      ['ContainerKeyMapperTaskOBS', 1, 'containers'],
    ]);
    expect(tasks[0].dataOptions).toEqual({ filesystemPaths: true });
    expect(Object.keys(reconStores())).toEqual(['namespace', 'containers', 'stats']);
  });

  it('treat LEGACY buckets as OBS unless told otherwise', () => {
    expect(reconTasks()[0].dataOptions).toEqual({ filesystemPaths: false });
    expect(new NSSummaryTask().dataOptions).toEqual({ filesystemPaths: false });
  });

  it('can be given stores of other names', () => {
    expect(new NSSummaryTask({ store: 'mine' }).store).toBe('mine');
    expect(new ContainerKeyMapperTaskFSO({ store: 'mine' }).store).toBe('mine');
    expect(new FileSizeCountTaskOBS({ store: 'mine' }).store).toBe('mine');
    expect(new OmTableInsightTask({ store: 'mine' }).store).toBe('mine');
  });

  it.each([
    [{ filesystemPaths: 'yes' }, 'Expected `filesystemPaths` to be a boolean, got `yes` (string)'],
    [
      { now: 5 },
      'Expected `now` to be a function that returns milliseconds since the epoch, got `5` (number)',
    ],
    [
      { paths: true },
      'Expected `options` to be an object with no keys but `filesystemPaths`, `now`, got `paths` (string)',
    ],
  ])('refuse %o', (options: object, message) => {
    expect(() => reconTasks(options)).toThrow(new TypeError(message));
  });

  it('refuse a store without a name', () => {
    expect(() => new NSSummaryTask({ store: '' })).toThrow('Expected `store` to be the name of a store');
  });
});
