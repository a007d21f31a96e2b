import { abortError, StagedReprocessError } from '../../errors.ts';
import { checkKeys, expected } from '../../store/expected.ts';
import { extractFrom } from '../checkpoint/extract-om-checkpoint.ts';
import { askUpdates, type LeaderAnswer } from './ask-updates.ts';
import { FailOver } from './fail-over.ts';
import { httpCheckpoint } from './http-checkpoint.ts';
import type { FullOmAddress } from './om-address.ts';
import { clientSettings, type ClientSettings, type OmClientOptions } from './om-client-options.ts';

/** @public */
export interface OmUpdatesRequest {
  /** The last sequence that is known; from 0 to 2^63 - 1. */
  readonly after: bigint;
  /** About how many operations the answer holds at most; it may exceed this by one batch. @defaultValue 50000 */
  readonly limit?: number;
  /** Ends the call at once, with `REPROCESS_ABORTED`. */
  readonly signal?: AbortSignal;
}

/** @public */
export interface OmUpdates {
  /** Raw RocksDB WriteBatches, whole and in order, that start after the asked sequence; none when there is nothing new. */
  readonly batches: readonly Uint8Array[];
  /** The last sequence of the Ozone Manager's database; `undefined` when it did not say. */
  readonly latest: bigint | undefined;
  /** Whose sequences these are: the leader's node id, or host and port when it names none. */
  readonly leader: string;
  readonly address: FullOmAddress;
}

/** @public */
export interface OmCheckpointRequest {
  /** A directory that this client may use alone, on the disk that shall hold the copy; made if it is missing. */
  readonly directory: string;
  /** Ends the call at once, with `REPROCESS_ABORTED`. */
  readonly signal?: AbortSignal;
  /** Told, as they come, how many bytes of the archive have come so far. What it throws is thrown away. */
  readonly onBytes?: (bytes: number) => void;
}

/** @public */
export interface FetchedOmCheckpoint {
  /** The unpacked checkpoint, whole and synced, for `openOmCheckpoint`. It is the caller's, who deletes it. */
  readonly directory: string;
  /** As in `OmUpdates`: the Ozone Manager that the checkpoint's sequence belongs to. */
  readonly leader: string;
  readonly address: FullOmAddress;
}

/** Lies in the future of every database, so that nothing is read to answer it. */
const FAR_FUTURE = (1n << 63n) - 1n;

/**
 * Talks to the Ozone Managers of one service: updates over gRPC, checkpoints over HTTP, always with the leader, which it finds
 * among the addresses. It keeps no connection between calls, and tries nothing twice: back-off is the caller's.
 *
 * Needs the packages `@grpc/grpc-js` and `@bufbuild/protobuf`, and `tar-stream` for checkpoints. Every call may throw
 * `REPROCESS_OM_UNAVAILABLE` (nobody can be reached or leads; `details.addresses` has the reasons),
 * `REPROCESS_AUTHENTICATION`, `REPROCESS_ANSWER_INVALID`, `REPROCESS_ABORTED`, `REPROCESS_CLOSED` and
 * `REPROCESS_MISSING_PEER`. Who makes it closes it.
 *
 * @public
 */
export class OmClient implements AsyncDisposable {
  readonly #settings: ClientSettings;
  readonly #failOver: FailOver;
  readonly #closing = new AbortController();
  readonly #calls = new Set<Promise<unknown>>();

  /** Throws `TypeError` when an option is wrong. */
  constructor(options: OmClientOptions) {
    this.#settings = clientSettings(options);
    this.#failOver = new FailOver(this.#settings.addresses);
  }

  /**
   * What came after a sequence.
   *
   * Throws `REPROCESS_SEQUENCE_GAP` when the leader no longer has those changes, `REPROCESS_HISTORY_CHANGED` when the sequence
   * lies in its future.
   */
  async updates(request: OmUpdatesRequest): Promise<OmUpdates> {
    checkKeys(request, ['after', 'limit', 'signal'], 'request');
    const { after, limit = 50_000, signal } = request;
    if (typeof after !== 'bigint' || after < 0n || after > FAR_FUTURE) {
      throw expected('after', 'a bigint from 0 to 2^63 - 1', after);
    }
    if (!Number.isSafeInteger(limit) || limit < 1) throw expected('limit', 'an integer above 0', limit);
    const answer = await this.#call(signal, (ended) => this.#ask(after, limit, ended));
    return updatesOf(answer, after);
  }

  /**
   * Fetches the leader's checkpoint, unpacks it while it comes, and checks that it is whole and that the leader has stayed.
   * When anything goes wrong nothing is left behind.
   *
   * Throws `REPROCESS_ARCHIVE_INVALID` (it ends early, or is no checkpoint), `REPROCESS_LEADER_CHANGED`,
   * `REPROCESS_DISK_SPACE`, `REPROCESS_SOURCE_FAILED`.
   */
  async checkpoint(request: OmCheckpointRequest): Promise<FetchedOmCheckpoint> {
    checkKeys(request, ['directory', 'signal', 'onBytes'], 'request');
    const { directory, signal, onBytes } = request;
    if (typeof directory !== 'string' || directory === '') throw expected('directory', 'a path', directory);
    if (onBytes !== undefined && typeof onBytes !== 'function')
      throw expected('onBytes', 'a function', onBytes);
    return this.#call(signal, (ended) =>
      this.#failOver.first((address) => this.#fetch(address, directory, onBytes, ended)),
    );
  }

  /** Ends all calls with `REPROCESS_CLOSED`, and waits until they have cleaned up. May be called twice. */
  async close(): Promise<void> {
    this.#closing.abort(
      new StagedReprocessError('REPROCESS_CLOSED', 'The client of the Ozone Manager is closed'),
    );
    await Promise.allSettled(this.#calls);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask(after: bigint, limit: number, signal: AbortSignal): Promise<LeaderAnswer> {
    return this.#failOver.first((address) => askUpdates(address, { after, limit }, this.#settings, signal));
  }

  async #fetch(
    address: FullOmAddress,
    stagingDirectory: string,
    onBytes: ((bytes: number) => void) | undefined,
    signal: AbortSignal,
  ): Promise<FetchedOmCheckpoint> {
    const question = { after: FAR_FUTURE, limit: 1 };
    const { leader } = await askUpdates(address, question, this.#settings, signal);
    this.#failOver.leads(address);
    let sum = 0;
    const onPiece = (bytes: number): void => {
      sum += bytes;
      try {
        onBytes?.(sum);
      } catch {
        // A listener cannot change what happens.
      }
    };
    const archive = httpCheckpoint(address, { settings: this.#settings, signal, onPiece });
    const directory = await extractFrom(archive, { stagingDirectory, signal }, 'kept', async () => {
      const after = await this.#ask(question.after, question.limit, signal);
      if (after.leader !== leader) throw leaderChanged(leader, after.leader);
    });
    return { directory, leader, address };
  }

  async #call<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const closing = this.#closing.signal;
    const ended = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    const call = work(ended);
    this.#calls.add(call);
    try {
      return await call;
    } catch (error) {
      throw ended.aborted ? abortError(ended) : error;
    } finally {
      this.#calls.delete(call);
    }
  }
}

function updatesOf({ outcome, leader, address }: LeaderAnswer, after: bigint): OmUpdates {
  switch (outcome.kind) {
    case 'updates':
      return { batches: outcome.batches, latest: outcome.latest, leader, address };
    case 'future':
      throw new StagedReprocessError(
        'REPROCESS_HISTORY_CHANGED',
        `Ozone Manager ${leader} has no sequence ${String(after)}: it lies in the future of its database`,
        { details: { after, leader } },
      );
    case 'gone':
      throw new StagedReprocessError(
        'REPROCESS_SEQUENCE_GAP',
        `Ozone Manager ${leader} no longer has the changes after sequence ${String(after)}: ${outcome.reason}`,
        { details: { after, leader } },
      );
  }
}

function leaderChanged(before: string, after: string): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_LEADER_CHANGED',
    `Ozone Manager ${after} became the leader while the checkpoint of ${before} was fetched`,
    { details: { before, after } },
  );
}
