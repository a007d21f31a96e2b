import { storeStep } from '../store/store-step.ts';
import type { StagedStore, StoreSwitch } from '../store/store.ts';
import type { ControlLog } from './control-log.ts';
import type { ControlRecord, SwitchRecord } from './control-record.ts';
import {
  allGenerations,
  generationOf,
  withOutcome,
  withoutGenerations,
  withoutSwitch,
} from './record-changes.ts';

/** What recovery needs of the world. */
export interface RecoveryContext {
  readonly control: ControlLog;
  /** The durable stores by name. */
  readonly stores: ReadonlyMap<string, StagedStore>;
  readonly retainGenerations: number;
  readonly failPoint: (name: string) => Promise<void>;
}

/** The part of one store in a switch, as its adapter wants it. */
export function storeSwitch(record: ControlRecord, switching: SwitchRecord, store: string): StoreSwitch {
  const from = switching.from?.stores[store];
  const to = switching.to.stores[store];
  if (to === undefined) throw new Error(`Store '${store}' takes no part in the switch`);
  return {
    from,
    fromRevision: from === undefined ? 0 : (generationOf(record, { store, generation: from })?.revision ?? 0),
    to,
    toRevision: generationOf(record, { store, generation: to })?.revision ?? 0,
    revision: switching.revision,
  };
}

/**
 * Ends what a dead process had begun: a bare intent rolls forward, an abort is undone, staged data is marked to be
 * discarded. Every step may be killed and run again.
 */
export async function recover(context: RecoveryContext): Promise<void> {
  const { control, failPoint } = context;
  const switching = control.record.switching;
  if (switching?.decision === 'intent') {
    await failPoint('recover:roll-forward');
    await commitStores(context, switching);
    await failPoint('recover:committed');
    await control.update((record) => withOutcome(record, switching, context.retainGenerations));
    await failPoint('recover:outcome');
  } else if (switching?.decision === 'abort') {
    await failPoint('recover:undo');
    await undoStores(context, switching);
    await failPoint('recover:undone');
    await control.update(withoutSwitch);
  } else if (needsSweep(control.record)) {
    await control.update(withoutSwitch);
  }
  await failPoint('recover:before-discard');
}

/** Step 6: every participant in turn. Idempotent, so recovery runs it from the start. */
export async function commitStores(context: RecoveryContext, switching: SwitchRecord): Promise<void> {
  for (const name of switching.participants) {
    await context.failPoint(`commit:before:${name}`);
    await storeStep(name, 'commit', () =>
      switching.kind === 'adopt'
        ? adoptStore(context, switching, name)
        : participant(context, name).commit(storeSwitch(context.control.record, switching, name)),
    );
    await context.failPoint(`commit:after:${name}`);
  }
}

/** Takes step 6 back, in reverse order, whether or not each commit was done. */
export async function undoStores(context: RecoveryContext, switching: SwitchRecord): Promise<void> {
  for (const name of [...switching.participants].reverse()) {
    await context.failPoint(`undo:before:${name}`);
    await storeStep(name, 'undo', () =>
      participant(context, name).undo(storeSwitch(context.control.record, switching, name)),
    );
    await context.failPoint(`undo:after:${name}`);
  }
}

/** Deletes what is recorded as being discarded, then forgets it. */
export async function discardMarked(
  context: Pick<RecoveryContext, 'control' | 'stores' | 'failPoint'>,
  isFree: (store: string, generation: number) => boolean = () => true,
): Promise<void> {
  const { control, stores, failPoint } = context;
  for (const { store, generation, record } of allGenerations(control.record)) {
    if (record.state !== 'discarding' || !isFree(store, generation)) continue;
    await storeStep(store, 'discard', async () => stores.get(store)?.discard(generation));
    await failPoint(`discard:deleted:${store}`);
    await control.update((current) => withoutGenerations(current, [{ store, generation }]));
    await failPoint(`discard:forgotten:${store}`);
  }
}

async function adoptStore(context: RecoveryContext, switching: SwitchRecord, name: string): Promise<void> {
  const { to, revision } = storeSwitch(context.control.record, switching, name);
  const adopted = generationOf(context.control.record, { store: name, generation: to })?.adopted;
  const location = adopted?.location ?? undefined;
  await participant(context, name).adopt?.({ generation: to, location }, revision);
}

function participant(context: RecoveryContext, name: string): StagedStore {
  const store = context.stores.get(name);
  if (store === undefined) throw new Error(`Store '${name}' of an unfinished switch is not open`);
  return store;
}

/** Whether staged generations, or generations that nothing keeps, are recorded. */
function needsSweep(record: ControlRecord): boolean {
  return JSON.stringify(withoutSwitch(record)) !== JSON.stringify(record);
}
