import type { StagedReprocessError } from '../../errors.ts';
import { checkKeys, expected } from '../../store/expected.ts';

/** @public */
export interface OmMirrorOptions {
  /**
   * In a directory that was made before there were mirrors: the sequence that the live data was built at, whose checkpoint becomes
   * the live copy.
   *
   * @defaultValue the newest checkpoint
   */
  readonly adopt?: bigint;
  /**
   * Told of each copy that is damaged, which is then dropped: it can be fetched again. Without it, opening fails.
   */
  readonly onDamage?: (error: StagedReprocessError) => void;
}

/** @public */
export interface StageOptions {
  /** The history that its sequences count in. @defaultValue a new, random one */
  readonly history?: string;
  /** The node that it comes from. */
  readonly leader?: string | undefined;
  /** Ends the staging early, with `REPROCESS_ABORTED`; what was staged before stays. */
  readonly signal?: AbortSignal;
  /**
   * Whether an archive must hold `OZONE_RATIS_SNAPSHOT_COMPLETE`, as every one that was served whole does.
   *
   * @defaultValue false
   */
  readonly requireComplete?: boolean;
}

/** Throws `TypeError`. */
export function checkOpening(directory: unknown, options: OmMirrorOptions): void {
  if (typeof directory !== 'string' || directory === '') throw expected('directory', 'a path', directory);
  checkKeys(options, ['adopt', 'onDamage']);
  const { adopt, onDamage }: { readonly [K in keyof OmMirrorOptions]: unknown } = options;
  if (adopt !== undefined && typeof adopt !== 'bigint') throw expected('adopt', 'a bigint', adopt);
  if (onDamage !== undefined && typeof onDamage !== 'function')
    throw expected('onDamage', 'a function', onDamage);
}

/** Throws `TypeError`. */
export function checkStaging(checkpoint: unknown, options: StageOptions): void {
  if (typeof checkpoint !== 'string' || checkpoint === '') throw expected('checkpoint', 'a path', checkpoint);
  checkKeys(options, ['history', 'leader', 'signal', 'requireComplete']);
  const { history, leader, requireComplete }: { readonly [K in keyof StageOptions]: unknown } = options;
  for (const [name, value] of Object.entries({ history, leader })) {
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw expected(name, 'a text', value);
  }
  if (requireComplete !== undefined && typeof requireComplete !== 'boolean')
    throw expected('requireComplete', 'a boolean', requireComplete);
}
