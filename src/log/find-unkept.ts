import { types } from 'node:util';

/** The first part of a value that the structured clone would drop or change. */
export interface Unkept {
  /** From the value to the part, for example `.when` or `[3].at`; empty for the value itself. */
  readonly path: string;
  readonly value: unknown;
}

/** Looks for what the structured clone would drop or change. Values may refer to one another in circles. */
export function findUnkept(value: unknown): Unkept | undefined {
  return isPrimitive(value) ? undefined : find(value, new Set());
}

function find(value: unknown, seen: Set<object>): Unkept | undefined {
  if (isPrimitive(value)) return undefined;
  if (typeof value !== 'object' || value === null) return { path: '', value };
  if (seen.has(value)) return undefined;
  seen.add(value);
  if (types.isProxy(value)) return { path: '', value };
  if (Array.isArray(value)) return isDirect(value, 1) ? findInProperties(value, seen) : { path: '', value };
  if (types.isMap(value)) return isBare(value, 1) ? findInMap(value, seen) : { path: '', value };
  if (types.isSet(value)) return isBare(value, 1) ? findInItems(value, 'item', seen) : { path: '', value };
  if (types.isDate(value) || types.isArrayBuffer(value))
    return isBare(value, 1) ? undefined : { path: '', value };
  if (types.isArrayBufferView(value)) return isKeptView(value) ? undefined : { path: '', value };
  if (types.isNativeError(value) || types.isBoxedPrimitive(value) || !isPlain(value))
    return { path: '', value };
  return findInProperties(value, seen);
}

/** What is neither object nor refused. */
function isPrimitive(value: unknown): boolean {
  return (
    value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
  );
}

function findInProperties(value: object, seen: Set<object>): Unkept | undefined {
  const isArray = Array.isArray(value);
  for (const key of Reflect.ownKeys(value)) {
    if (isArray && key === 'length') continue;
    const path = typeof key === 'string' ? step(key, isArray) : `[${String(key)}]`;
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    const accessor = property?.get ?? property?.set;
    if (typeof key === 'symbol' || property?.enumerable !== true || accessor !== undefined) {
      return { path, value: accessor ?? property?.value };
    }
    const unkept = find(property.value, seen);
    if (unkept !== undefined) return { path: path + unkept.path, value: unkept.value };
  }
  return undefined;
}

function findInMap(map: ReadonlyMap<unknown, unknown>, seen: Set<object>): Unkept | undefined {
  return findInItems(map.keys(), 'key', seen) ?? findInItems(map.values(), 'value', seen);
}

function findInItems(items: Iterable<unknown>, what: string, seen: Set<object>): Unkept | undefined {
  let index = 0;
  for (const item of items) {
    const unkept = find(item, seen);
    if (unkept !== undefined) return { path: `[${what} ${index}]${unkept.path}`, value: unkept.value };
    index += 1;
  }
  return undefined;
}

function step(key: string, isArray: boolean): string {
  if (isArray && /^\d+$/.test(key)) return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Of no class of its own: `depth` prototypes above it is that of plain objects, of whichever realm. */
function isDirect(value: object, depth: number): boolean {
  let prototype: unknown = value;
  for (let i = 0; i <= depth; i++) {
    prototype = typeof prototype === 'object' && prototype !== null ? Object.getPrototypeOf(prototype) : null;
  }
  return isRoot(prototype);
}

/** The same, and without properties besides what it holds: those would be lost. */
function isBare(value: object, depth: number): boolean {
  return isDirect(value, depth) && Reflect.ownKeys(value).length === 0;
}

function isKeptView(view: NodeJS.ArrayBufferView): boolean {
  if (types.isSharedArrayBuffer(view.buffer)) return false;
  if (types.isDataView(view)) return isBare(view, 1);
  const isBuffer = Buffer.isBuffer(view) && Object.getPrototypeOf(view) === Buffer.prototype;
  // Properties that somebody put on it are not looked for: that would list every element.
  return isDirect(view, isBuffer ? 3 : 2);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || isRoot(prototype);
}

/** `Object.prototype` of any realm. */
function isRoot(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  );
}
