import type { Clock } from '../../clock.ts';
import type { Delta, SourcePosition } from '../../source/delta.ts';
import type { ReprocessReason } from '../../source/source.ts';
import { checkKeys, expected } from '../../store/expected.ts';
import type { OmClient } from '../om-client/om-client.ts';
import type { OmMirror } from '../om-mirror/om-mirror.ts';
import type { OmFollowEvent } from './follow-events.ts';

/** What a follower needs of the reprocessor that it feeds: a `StagedReprocessor` has it. @public */
export interface FollowedReprocessor {
  consume(delta: Delta, options?: { readonly signal?: AbortSignal }): Promise<void>;
  reprocess(options?: {
    readonly reason?: ReprocessReason;
    readonly signal?: AbortSignal;
    readonly whenRunning?: 'reject' | 'join';
  }): Promise<unknown>;
  position(): SourcePosition | undefined;
  /** Whether anything is live. */
  status(): { readonly ready: boolean };
}

/** @public */
export interface OmFollowerOptions {
  /** Opened with `mirror.source()` as its source. The follower does not close it. */
  readonly reprocessor: FollowedReprocessor;
  /** The library's copy of the database that is followed. The follower does not close it. */
  readonly mirror: OmMirror;
  /** The Ozone Managers. The follower does not close it. */
  readonly client: OmClient;
  /** Where checkpoints are unpacked before the mirror takes them in: a directory that the follower may use alone. */
  readonly stagingDirectory: string;
  /** How long to wait when there was nothing new. @defaultValue 5000, as Recon */
  readonly pollMs?: number;
  /** About how many operations one answer holds at most. @defaultValue 10000 */
  readonly limit?: number;
  /** The first wait after a failure; it doubles with each one in a row. @defaultValue 1000 */
  readonly retryMs?: number;
  /** The longest wait after failures. @defaultValue 60000 */
  readonly maxRetryMs?: number;
  /** Told of everything that happens. What it throws is thrown away. */
  readonly listener?: (event: OmFollowEvent) => void;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock;
}

const KEYS = [
  'reprocessor',
  'mirror',
  'client',
  'stagingDirectory',
  'pollMs',
  'limit',
  'retryMs',
  'maxRetryMs',
  'listener',
  'clock',
];
const COUNTS = ['pollMs', 'limit', 'retryMs', 'maxRetryMs'] as const;

/** Throws `TypeError`. */
export function checkFollowOptions(options: OmFollowerOptions): void {
  checkKeys(options, KEYS);
  for (const name of COUNTS) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw expected(name, 'an integer above 0', value);
  }
  if (typeof options.stagingDirectory !== 'string' || options.stagingDirectory === '') {
    throw expected('stagingDirectory', 'a path', options.stagingDirectory);
  }
}
