import { fileURLToPath } from 'node:url';
import { StagedReprocessError } from '../errors.ts';
import { expected } from '../store/expected.ts';
import type { ReconOmTask } from './task.ts';

/**
 * A task named by its module, so that it can be made in this thread or in a worker.
 *
 * @public
 */
export interface TaskModule {
  readonly kind: 'task-module';
  readonly url: string;
  readonly exportName: string;
  readonly options: Readonly<Record<string, unknown>> | undefined;
}

/** @public */
export interface TaskModuleOptions {
  /** A class, a function that returns the task, or the task itself. @defaultValue 'default' */
  readonly export?: string;
  /** Handed to the class or function; must survive the structured clone. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * Names a task by the module that exports it: `taskModule(new URL('./tasks.js', import.meta.url), { export: 'Totals' })`.
 * The module is loaded when the reprocessor opens.
 *
 * @public
 */
export function taskModule(url: URL | string, options: TaskModuleOptions = {}): TaskModule {
  const href = url instanceof URL ? url.href : url;
  if (typeof href !== 'string' || !URL.canParse(href)) throw expected('url', 'a URL', url);
  return {
    kind: 'task-module',
    url: href,
    exportName: options.export ?? 'default',
    options: options.options,
  };
}

export function isTaskModule(value: unknown): value is TaskModule {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'task-module';
}

/**
 * Loads the module and makes the task.
 *
 * @throws StagedReprocessError `REPROCESS_TASK_INVALID` when it cannot be loaded or exports no task.
 */
export async function loadTask(module: TaskModule): Promise<ReconOmTask> {
  const invalid = (why: string, cause?: unknown): StagedReprocessError =>
    new StagedReprocessError('REPROCESS_TASK_INVALID', `The task module ${module.url} ${why}`, {
      details: { url: module.url, export: module.exportName },
      cause,
    });
  let found: unknown;
  try {
    const loaded: unknown = await import(importSpecifier(module.url));
    found = exportOf(loaded, module.exportName);
  } catch (error) {
    throw invalid('cannot be loaded', error);
  }
  let made: unknown = found;
  try {
    if (typeof found === 'function') made = make(found, module.options);
  } catch (error) {
    throw invalid(`threw while '${module.exportName}' made its task`, error);
  }
  if (!isTask(made)) throw invalid(`has no export '${module.exportName}' that is or makes a task`);
  return made;
}

/** Whether a value has the shape of a task. */
export function isTask(value: unknown): value is ReconOmTask {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'taskName' in value &&
    typeof value.taskName === 'string' &&
    'version' in value &&
    typeof value.version === 'number' &&
    'store' in value &&
    typeof value.store === 'string' &&
    'sourceTables' in value &&
    Array.isArray(value.sourceTables) &&
    'reprocess' in value &&
    typeof value.reprocess === 'function'
  );
}

/** A path where there is one: it also serves hosts whose `import()` became a `require()`. */
function importSpecifier(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = fileURLToPath(url);
  return /[#?%\\]/.test(path) ? url : path;
}

/** CommonJS modules may hide their exports under `default`. */
function exportOf(loaded: unknown, name: string): unknown {
  if (typeof loaded !== 'object' || loaded === null) return undefined;
  const own: unknown = Reflect.get(loaded, name);
  if (own !== undefined && !(name === 'default' && isNamespace(own))) return own;
  const fallback: unknown = Reflect.get(loaded, 'default');
  return typeof fallback === 'object' && fallback !== null ? Reflect.get(fallback, name) : own;
}

function isNamespace(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'default' in value;
}

function make(maker: unknown, options: unknown): unknown {
  if (typeof maker !== 'function') return undefined;
  const isClass = /^class\b/.test(Function.prototype.toString.call(maker));
  return isClass ? Reflect.construct(maker, [options]) : Reflect.apply(maker, undefined, [options]);
}
