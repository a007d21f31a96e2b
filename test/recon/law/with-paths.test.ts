import { it } from 'vitest';
import { holdHistories } from './hold-histories.ts';
import { historiesOf } from './in-ci.ts';
import { orderlyPlans } from './plans.ts';

it('deltas come to what a rebuild comes to, with file-system paths on', async () => {
  await holdHistories(orderlyPlans(true), historiesOf(7000));
}, 1_800_000);
