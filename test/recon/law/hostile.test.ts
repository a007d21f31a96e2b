import { it } from 'vitest';
import { holdHistories } from './hold-histories.ts';
import { historiesOf } from './in-ci.ts';
import { hostilePlans } from './plans.ts';

it('deltas come to what a rebuild comes to, whatever the rows and values are', async () => {
  await holdHistories(hostilePlans, historiesOf(6000));
}, 1_800_000);
