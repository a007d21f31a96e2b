import type { Recon, ReconLease } from './recon-host.ts';

/** Reads all stores again and again, and keeps account: nothing may fail, and no read may see two generations. */
export class Reader {
  reads = 0;
  failed = 0;
  mixed = 0;
  slowestMs = 0;
  firstError: unknown;
  readonly #recon: Recon;
  readonly #seen = new Map<number, { reads: number; fingerprint: string }>();
  readonly #going: Promise<void>;
  #stopped = false;

  constructor(recon: Recon) {
    this.#recon = recon;
    this.#going = this.#loop();
  }

  get byGeneration(): readonly { readonly generation: number; readonly reads: number }[] {
    return [...this.#seen].map(([generation, { reads }]) => ({ generation, reads }));
  }

  /** Resolves when so many reads have been made. */
  async untilReads(reads: number): Promise<void> {
    while (this.reads < reads) await new Promise((resolve) => setImmediate(resolve));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#going;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const startedMs = performance.now();
      try {
        await this.#recon.read(async (lease) => {
          this.#check(lease.generation, await fingerprint(lease));
        });
      } catch (error) {
        this.failed += 1;
        this.firstError ??= error;
      }
      this.reads += 1;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startedMs);
    }
  }

  /** All reads of one generation must see the same rows. */
  #check(generation: number, fingerprint: string): void {
    const known = this.#seen.get(generation) ?? { reads: 0, fingerprint };
    known.reads += 1;
    if (known.fingerprint !== fingerprint) this.mixed += 1;
    this.#seen.set(generation, known);
  }
}

/** Something of every table of every store. */
async function fingerprint(lease: ReconLease): Promise<string> {
  const namespace = await lease.store('namespace').table('namespaceSummaryTable').keys().all();
  const containers = lease.store('containers');
  const counts = await containers.table('containerKeyCountTable').values().all();
  const [first] = await containers.table('containerKeyTable').iterator({ limit: 1 }).all();
  const [last] = await containers.table('keyContainerTable').iterator({ reverse: true, limit: 1 }).all();
  const stats = lease.store('stats');
  const global = await stats.selectFrom('GLOBAL_STATS').select(['key', 'value']).orderBy('key').execute();
  const sizes = await stats.selectFrom('FILE_COUNT_BY_SIZE').select('count').execute();
  return [
    namespace.length,
    counts.map((value) => value.toString('hex')).join(','),
    first?.[0].toString('hex'),
    last?.[0].toString('hex'),
    global.map(({ key, value }) => `${key}=${String(value)}`).join(','),
    sizes.reduce((sum, { count }) => sum + count, 0n),
  ].join('|');
}
