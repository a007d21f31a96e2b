import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StagedReprocessor, type Lease, type Source, type Stores, type TaskFor } from 'staged-reprocessor';
import type { Shop } from './shop.ts';

/** One version of a program: its stores, its tasks, and how it reads them. */
export interface Version<S extends Stores> {
  readonly stores: S;
  readonly tasks: readonly TaskFor<S>[];
  rows(lease: Lease<S>): Promise<unknown>;
}

/** A running program of one version, which follows the shop. */
export class ShopHost<S extends Stores> {
  readonly reprocessor: StagedReprocessor<S>;
  readonly #shop: Shop;
  readonly #version: Version<S>;

  private constructor(reprocessor: StagedReprocessor<S>, shop: Shop, version: Version<S>) {
    this.reprocessor = reprocessor;
    this.#shop = shop;
    this.#version = version;
  }

  /** `mayRebuild` holds a rebuild back, so that there is time to look. */
  static async open<S extends Stores>(
    version: Version<S>,
    shop: Shop,
    dataDir: string,
    mayRebuild: Promise<void> = Promise.resolve(),
  ): Promise<ShopHost<S>> {
    const source: Source = {
      async openSnapshot() {
        await mayRebuild;
        shop.rebuilds += 1;
        return shop.source.openSnapshot();
      },
    };
    const { stores, tasks } = version;
    const reprocessor = await StagedReprocessor.open({ dataDir, stores, tasks, source });
    return new ShopHost(reprocessor, shop, version);
  }

  /** Changes the shop so many times, and sends on whatever this host does not have yet. */
  async trade(changes: number): Promise<void> {
    for (let n = 0; n < changes; n += 1) {
      this.#shop.change();
      const delta = this.#shop.deltaAfter(this.reprocessor.position()?.sequence ?? 0n);
      await this.reprocessor.consume(delta);
    }
  }

  /** Resolves when the live data is that of the running version. */
  async upToDate(): Promise<void> {
    while (this.reprocessor.status().stores.some(({ outdated }) => outdated)) {
      await new Promise((resolve) => this.reprocessor.once('switch:end', resolve));
    }
  }

  /** The rows, with all changes of the shop in them. */
  rows(): Promise<unknown> {
    const atLeast = this.#shop.source.sequence;
    return this.reprocessor.read((lease) => this.#version.rows(lease), { atLeast });
  }
}

/** What a rebuild in a new directory makes of the shop as it is now: what the live data must be. */
export async function freshRebuild<S extends Stores>(version: Version<S>, shop: Shop): Promise<unknown> {
  const dataDir = mkdtempSync(join(tmpdir(), 'upgrade-fresh-'));
  const { stores, tasks } = version;
  const reprocessor = await StagedReprocessor.open({ dataDir, stores, tasks, source: shop.source });
  try {
    await reprocessor.reprocess();
    return await reprocessor.read((lease) => version.rows(lease));
  } finally {
    await reprocessor.close();
    rmSync(dataDir, { recursive: true });
  }
}
