import type { ControlRecord } from '../control/control-record.ts';
import type { DataDirectory } from '../control/data-directory.ts';
import { expected } from '../store/expected.ts';
import type { StagedStore } from '../store/store.ts';
import { adoptedGeneration } from './adoption.ts';
import type { Announcer } from './announcer.ts';
import type { CheckedOptions } from './options.ts';
import { storeStep } from '../store/store-step.ts';

/** Opens every store into `stores`, so that the caller can close those that were opened when one fails. */
export async function openStores(
  options: CheckedOptions,
  home: DataDirectory | undefined,
  record: ControlRecord | undefined,
  homeId: string,
  stores: Map<string, StagedStore>,
  announcer: Announcer,
): Promise<void> {
  checkKinds(options, record);
  for (const [storeName, adapter] of Object.entries(options.stores)) {
    const store = await storeStep(storeName, 'open', () =>
      adapter.open({
        storeName,
        homeId,
        directory: home?.store(storeName),
        ...(home === undefined ? {} : { temporaryDirectory: home.scratch }),
        adopted: adapter.supports.durable ? adoptedGeneration(options, record, storeName) : undefined,
        onBackgroundError: (error) => {
          announcer.alert('STORE_BACKGROUND_ERROR', `Store '${storeName}' failed in the background`, error);
        },
      }),
    );
    stores.set(storeName, store);
  }
}

/** A store keeps its kind and its place, and none of them is forgotten: its data would be orphaned. */
function checkKinds(options: CheckedOptions, record: ControlRecord | undefined): void {
  for (const [name, known] of Object.entries(record?.stores ?? {})) {
    const adapter = options.stores[name];
    if (adapter === undefined) {
      if (Object.keys(known.generations).length === 0) continue;
      throw expected(
        'stores',
        `with the store '${name}', which the data directory holds`,
        Object.keys(options.stores).join(', '),
      );
    }
    if (adapter.kind !== known.kind)
      throw expected(`stores.${name}`, `of kind '${known.kind}', as recorded`, adapter.kind);
    if ((adapter.location ?? null) !== known.location) {
      throw expected(
        `stores.${name}`,
        `at '${known.location ?? 'the data directory'}', as recorded`,
        adapter.location,
      );
    }
  }
}
