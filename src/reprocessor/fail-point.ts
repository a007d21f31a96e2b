/**
 * Places where a test can stop, fail or kill a run: the numbered steps of the switch, those of recovery, and the start
 * and end of every write of the control record. Names with a store end in `:<store>`.
 *
 * @public
 */
export const FAIL_POINTS = [
  '0-snapshot',
  '1-recorded',
  '1-created',
  '1-staged',
  '2-processed',
  '2-finished',
  '3-verified',
  '4-prepared',
  '4-ready',
  '4-caught-up',
  '4-paused',
  '4-frozen',
  '5-intent',
  'commit:before',
  'commit:after',
  '6-committed',
  '7-outcome',
  '8-flipped',
  '8-initialised',
  '9-retired',
  'discard:deleted',
  'discard:forgotten',
  'rollback:before',
  'rollback:aborted',
  'undo:before',
  'undo:after',
  'rollback:undone',
  'rollback:end',
  'apply:before',
  'apply:after',
  'log:append',
  'log:appended',
  'log:trimmed',
  'recover:roll-forward',
  'recover:committed',
  'recover:outcome',
  'recover:undo',
  'recover:undone',
  'recover:before-discard',
  'recover:end',
  'control:write',
  'control:written',
] as const;

/** Called at each fail-point with its name; what it throws fails the step. For tests. @public */
export type FailPoint = (name: string) => Promise<void> | void;
