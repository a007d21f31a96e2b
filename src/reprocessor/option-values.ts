import { isTask, isTaskModule } from '../task/task-module.ts';

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStores(value: unknown): boolean {
  if (!isObject(value)) return false;
  const adapters: unknown[] = Object.values(value);
  return adapters.length > 0 && adapters.every((adapter) => hasMethods(adapter, ['open', 'encodeRow']));
}

export function isTasks(value: unknown): boolean {
  return Array.isArray(value) && value.every((task) => isTask(task) || isTaskModule(task));
}

export function isSource(value: unknown): boolean {
  return hasMethods(value, ['openSnapshot']);
}

export function isAdopt(value: unknown): boolean {
  return isObject(value) && 'sequence' in value && typeof value.sequence === 'bigint';
}

export function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isCountOrInfinity(value: unknown): boolean {
  return value === Infinity || isCount(value);
}

export function isDuration(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

export function hasMethods(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof Reflect.get(value, name) === 'function');
}

export function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

/** Of any realm. */
export function isSignal(value: unknown): boolean {
  return hasMethods(value, ['addEventListener', 'throwIfAborted']) && isObject(value) && 'aborted' in value;
}
