import { throwIfAborted } from '../../errors.ts';
import { loadUpdatesCodec } from './load-peers.ts';
import { authority, type FullOmAddress } from './om-address.ts';
import type { ClientSettings } from './om-client-options.ts';
import { answerInvalid, authenticationNeeded, OmUnavailable } from './om-errors.ts';
import { NOT_LEADING, submitRequest } from './submit-request.ts';

/** What a leading Ozone Manager says to "what came after?". */
export interface LeaderAnswer {
  readonly address: FullOmAddress;
  /** The leader's node id; its address when the answer has none. */
  readonly leader: string;
  readonly outcome:
    | {
        readonly kind: 'updates';
        readonly batches: readonly Uint8Array[];
        readonly latest: bigint | undefined;
      }
    /** It cannot read its log from there on: the sequence lies in its future. */
    | { readonly kind: 'future' }
    /** The changes are there no more; the reason in Ozone's words. */
    | { readonly kind: 'gone'; readonly reason: string };
}

/** Numbers of Ozone's `Status`. */
const INTERNAL_ERROR = 15;
/** ACCESS_DENIED, INVALID_AUTH_METHOD, three of tokens, PERMISSION_DENIED, USER_MISMATCH, UNAUTHORIZED. */
const AUTHENTICATION: readonly number[] = [14, 33, 34, 35, 36, 48, 54, 91];
/** OM_NOT_INITIALIZED, TIMEOUT, RATIS_ERROR: they pass. */
const PASSING: readonly number[] = [20, 49, 52];
const CHANGES_GONE = /Invalid transaction log iterator|Unable to read full data from RocksDB wal/;

/** Asks one Ozone Manager. Throws `OmUnavailable` when it cannot answer or does not lead. */
export async function askUpdates(
  address: FullOmAddress,
  request: { readonly after: bigint; readonly limit: number },
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<LeaderAnswer> {
  const codec = await loadUpdatesCodec();
  throwIfAborted(signal);
  const at = authority(address.host, address.grpcPort);
  const encoded = codec.encodeRequest(settings.clientId, request.after, request.limit);
  const answer = codec.decodeAnswer(await submitRequest(address, encoded, settings, signal));
  switch (answer.kind) {
    case 'malformed':
      throw answerInvalid(at, answer.what, answer.cause);
    case 'failed': {
      const { status, message } = answer;
      if (status === INTERNAL_ERROR && CHANGES_GONE.test(message)) {
        return { address, leader: answer.leaderId ?? at, outcome: { kind: 'gone', reason: message } };
      }
      if (PASSING.includes(status) || NOT_LEADING.test(message)) throw new OmUnavailable(at, message);
      if (AUTHENTICATION.includes(status)) throw authenticationNeeded(at, message);
      throw answerInvalid(at, `status ${status}: ${message}`);
    }
    case 'updates': {
      const { batches, latest, success } = answer;
      if (!success && batches.length > 0) throw answerInvalid(at, 'it broke off in the middle');
      const outcome = success
        ? ({ kind: 'updates', batches, latest } as const)
        : ({ kind: 'future' } as const);
      return { address, leader: answer.leaderId ?? at, outcome };
    }
  }
}
