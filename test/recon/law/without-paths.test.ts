import { it } from 'vitest';
import { holdHistories } from './hold-histories.ts';
import { historiesOf } from './in-ci.ts';
import { orderlyPlans } from './plans.ts';

it('deltas come to what a rebuild comes to, with file-system paths off', async () => {
  await holdHistories(orderlyPlans(false), historiesOf(7000));
}, 1_800_000);
