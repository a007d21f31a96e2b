import type { ChannelCredentials } from '@grpc/grpc-js';
import { systemClock, type Clock } from '../../clock.ts';
import { checkKeys, expected } from '../../store/expected.ts';
import { fullAddress, type FullOmAddress, type OmAddress } from './om-address.ts';

/** `ChannelCredentials` of `@grpc/grpc-js`; told by its shape, so that hosts without that package need no types of it. @public */
export interface GrpcCredentials {
  _isSecure(): boolean;
}

/** @public */
export interface OmClientOptions {
  /** All Ozone Managers of the service, in any order: the leader is found among them. */
  readonly addresses: readonly OmAddress[];
  /** How checkpoints are fetched: a `fetch` that knows the host's certificates or authentication. It must heed its signal. */
  readonly fetch?: typeof fetch;
  /** Of checkpoints. @defaultValue 'http:' */
  readonly protocol?: 'http:' | 'https:';
  /** Of gRPC, for TLS and authentication. @defaultValue no TLS */
  readonly credentials?: GrpcCredentials;
  /** The longest wait for an answer, and for the next bytes of a checkpoint, in milliseconds. @defaultValue 60000 */
  readonly timeoutMs?: number;
  /** How this client is called in the logs of the Ozone Manager. @defaultValue 'staged-reprocessor' */
  readonly clientId?: string;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock;
}

/** The options, checked and filled in. */
export interface ClientSettings {
  readonly addresses: readonly FullOmAddress[];
  /** `undefined` means the global one, looked up at each call. */
  readonly fetch: typeof fetch | undefined;
  readonly protocol: 'http:' | 'https:';
  readonly credentials: ChannelCredentials | undefined;
  readonly timeoutMs: number;
  readonly clientId: string;
  readonly clock: Clock;
}

const KEYS = ['addresses', 'fetch', 'protocol', 'credentials', 'timeoutMs', 'clientId', 'clock'];
/** The longest that a timer takes. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Throws `TypeError`. */
export function clientSettings(options: OmClientOptions): ClientSettings {
  checkKeys(options, KEYS);
  const { addresses, protocol = 'http:', timeoutMs = 60_000, clientId = 'staged-reprocessor' } = options;
  if (!Array.isArray(addresses) || addresses.length === 0) {
    throw expected('addresses', 'a list of one address or several', addresses);
  }
  if (!['http:', 'https:'].includes(protocol)) throw expected('protocol', "'http:' or 'https:'", protocol);
  if (options.fetch !== undefined && typeof options.fetch !== 'function') {
    throw expected('fetch', 'a function', options.fetch);
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT) {
    throw expected('timeoutMs', `an integer from 1 to ${LONGEST_TIMEOUT}`, timeoutMs);
  }
  if (typeof clientId !== 'string' || clientId === '') throw expected('clientId', 'a text', clientId);
  const { credentials } = options;
  if (credentials !== undefined && !isChannelCredentials(credentials)) {
    throw expected('credentials', 'ChannelCredentials of @grpc/grpc-js', credentials);
  }
  return {
    addresses: options.addresses.map((address) => fullAddress(address, protocol)),
    fetch: options.fetch,
    protocol,
    credentials,
    timeoutMs,
    clientId,
    clock: options.clock ?? systemClock,
  };
}

/** By its shape: the host's copy of the package may be another one than ours. */
function isChannelCredentials(given: unknown): given is ChannelCredentials {
  return typeof given === 'object' && given !== null && '_isSecure' in given && '_equals' in given;
}
