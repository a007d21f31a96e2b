import type { SubPath } from './usage.ts';

/** Keeps the first or the largest of many paths, bounded in memory, and counts all. */
export class TopPaths {
  readonly #sorted: boolean;
  readonly #limit: number;
  #kept: SubPath[] = [];
  #count = 0;

  constructor(options: { readonly sorted: boolean; readonly limit: number }) {
    this.#sorted = options.sorted;
    this.#limit = options.limit;
  }

  get count(): number {
    return this.#count;
  }

  add(path: SubPath): void {
    this.#count += 1;
    if (!this.#sorted && this.#kept.length >= this.#limit) return;
    this.#kept.push(path);
    // Cut only now and then, so that adding stays cheap.
    if (this.#kept.length > 2 * this.#limit + 1000) this.#kept = this.paths();
  }

  /** Largest first, names deciding between equals; or as they came. */
  paths(): SubPath[] {
    const paths = this.#sorted ? this.#kept.toSorted(bySize) : this.#kept;
    return paths.slice(0, this.#limit);
  }
}

function bySize(a: SubPath, b: SubPath): number {
  if (a.size !== b.size) return a.size > b.size ? -1 : 1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
