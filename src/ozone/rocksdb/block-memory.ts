import { BLOCK_MEMORY_WASM } from './block-memory-wasm.ts';
import type { Crc32c } from './crc32c.ts';
import { decodeSnappy } from './snappy.ts';

/**
 * One memory that holds a window of a file and, behind it, the block that was decoded from it, so that rows are read
 * in place. `reserve` makes new `bytes`: views of the
 * old ones are void.
 */
export interface BlockMemory {
  readonly bytes: Uint8Array;
  /** Where the window begins. */
  readonly windowStart: number;
  /** Where a decoded block begins. */
  readonly blockStart: number;
  /** Makes room for a window and a decoded block of these sizes; what the window holds stays. */
  reserve(windowBytes: number, blockBytes: number): void;
  crc32c(start: number, end: number): number;
  /** Decodes raw Snappy elements (without the length before them) to `blockStart`; false when they are damaged. */
  snappy(start: number, end: number, decodedBytes: number): boolean;
}

/** Room behind window and block: the helper loads and stores whole words. */
const SLACK_BYTES = 64;
const TABLE_BYTES = 8192;
const PAGE_BYTES = 65536;

/** What is used of the global `WebAssembly`, whose types come with a browser's only. */
interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  snappy(start: number, end: number, out: number, limit: number): number;
  crc32c(start: number, end: number): number;
}

/** Makes block memories: in WebAssembly, or in plain JavaScript where that is switched off. */
export class BlockMemoryFactory {
  readonly #crc: Crc32c;
  readonly #instantiate: (() => unknown) | undefined;

  constructor(crc: Crc32c, webAssembly = true) {
    this.#crc = crc;
    const api: unknown = webAssembly ? Reflect.get(globalThis, 'WebAssembly') : undefined;
    if (!isWasmApi(api)) return;
    const module = new api.Module(Buffer.from(BLOCK_MEMORY_WASM, 'base64'));
    this.#instantiate = () => new api.Instance(module).exports;
  }

  create(): BlockMemory {
    if (this.#instantiate === undefined) return new PlainMemory(this.#crc);
    const exports = this.#instantiate();
    if (!isExports(exports)) throw new TypeError('The WebAssembly helper does not export what it should');
    return new WasmMemory(exports, this.#crc);
  }
}

class WasmMemory implements BlockMemory {
  readonly windowStart = TABLE_BYTES;
  readonly #exports: Exports;
  bytes: Uint8Array;
  blockStart = TABLE_BYTES + SLACK_BYTES;

  constructor(exports: Exports, crc: Crc32c) {
    this.#exports = exports;
    this.bytes = new Uint8Array(exports.memory.buffer);
    new Uint32Array(exports.memory.buffer, 0, crc.tables.length).set(crc.tables);
  }

  reserve(windowBytes: number, blockBytes: number): void {
    this.blockStart = Math.max(this.blockStart, this.windowStart + windowBytes + SLACK_BYTES);
    const missing = this.blockStart + blockBytes + SLACK_BYTES - this.bytes.length;
    if (missing <= 0) return;
    this.#exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.bytes = new Uint8Array(this.#exports.memory.buffer);
  }

  crc32c(start: number, end: number): number {
    return this.#exports.crc32c(start, end) >>> 0;
  }

  snappy(start: number, end: number, decodedBytes: number): boolean {
    const limit = this.blockStart + decodedBytes;
    return this.#exports.snappy(start, end, this.blockStart, limit) === limit;
  }
}

class PlainMemory implements BlockMemory {
  readonly windowStart = 0;
  readonly #crc: Crc32c;
  bytes: Uint8Array = new Uint8Array(0);
  blockStart = 0;

  constructor(crc: Crc32c) {
    this.#crc = crc;
  }

  reserve(windowBytes: number, blockBytes: number): void {
    this.blockStart = Math.max(this.blockStart, windowBytes);
    if (this.blockStart + blockBytes <= this.bytes.length) return;
    const larger = new Uint8Array(this.blockStart + blockBytes);
    larger.set(this.bytes);
    this.bytes = larger;
  }

  crc32c(start: number, end: number): number {
    return this.#crc.of(this.bytes, start, end);
  }

  snappy(start: number, end: number, decodedBytes: number): boolean {
    return decodeSnappy(this.bytes, start, end, this.bytes, this.blockStart, this.blockStart + decodedBytes);
  }
}

function isWasmApi(api: unknown): api is WasmApi {
  if (typeof api !== 'object' || api === null || !('Module' in api) || !('Instance' in api)) return false;
  return typeof api.Module === 'function' && typeof api.Instance === 'function';
}

function isExports(exports: unknown): exports is Exports {
  if (typeof exports !== 'object' || exports === null) return false;
  if (!('memory' in exports) || !('snappy' in exports) || !('crc32c' in exports)) return false;
  const { memory, snappy, crc32c } = exports;
  return typeof memory === 'object' && typeof snappy === 'function' && typeof crc32c === 'function';
}
