import type { Client, ServiceError } from '@grpc/grpc-js';
import { abortError, isError, throwIfAborted } from '../../errors.ts';
import { loadGrpc, type GrpcModule } from './load-peers.ts';
import { authority, type FullOmAddress } from './om-address.ts';
import type { ClientSettings } from './om-client-options.ts';
import { answerInvalid, authenticationNeeded, OmUnavailable } from './om-errors.ts';

const METHOD = '/hadoop.ozone.OzoneManagerService/submitRequest';

const CHANNEL_OPTIONS = {
  // One batch of the database can be larger than the 4 MiB that are allowed otherwise.
  'grpc.max_receive_message_length': -1,
  // What failed is tried again by the caller, who knows how often.
  'grpc.enable_retries': 0,
  // Nothing is read from DNS but addresses, and as checkpoints go past the proxy of the environment, so does this.
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
};

/** What gRPC calls a failure of the net, or of a server that stops, in any state of the call. */
const RESET = /RST_STREAM/;
/** What grpc-js appends to a failed connection when it has nothing to say about the name. */
const EMPTY_NOTE = /\.? Resolution note: $/;
/** A node that does not lead, or not yet, says so in an exception's name. */
export const NOT_LEADING = /OMNotLeaderException|OMLeaderNotReadyException/;

/**
 * Sends the bytes of an `OMRequest` to one Ozone Manager, and returns those of its `OMResponse`.
 *
 * Each call has a connection of its own: a kept one may be dead without a sign, and gRPC would not try again for minutes
 * after a failure.
 */
export async function submitRequest(
  address: FullOmAddress,
  request: Buffer,
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<Buffer> {
  const grpc = await loadGrpc();
  throwIfAborted(signal);
  const at = authority(address.host, address.grpcPort);
  const credentials = settings.credentials ?? grpc.credentials.createInsecure();
  const client = new grpc.Client(at, credentials, CHANNEL_OPTIONS);
  const { clock, timeoutMs } = settings;
  const late = new AbortController();
  const stopTimer = clock.setTimer(late.abort.bind(late), timeoutMs, { awaited: true });
  try {
    return await unaryCall(client, request, AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    if (late.signal.aborted) throw new OmUnavailable(at, `no answer came within ${timeoutMs} ms`, error);
    throw isServiceError(error) ? failureOf(grpc, at, error) : error;
  } finally {
    stopTimer();
    client.close();
  }
}

/** Rejects with gRPC's own error, also when the signal ends it. */
function unaryCall(client: Client, request: Buffer, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(METHOD, same, same, request, (error, answer) => {
      signal.removeEventListener('abort', cancel);
      if (error === null) resolve(answer ?? Buffer.alloc(0));
      else reject(error);
    });
    const cancel = (): void => {
      call.cancel();
    };
    signal.addEventListener('abort', cancel);
  });
}

function failureOf({ status }: GrpcModule, at: string, error: ServiceError): Error {
  const { code } = error;
  const details = error.details.replace(EMPTY_NOTE, '');
  if ([status.UNAUTHENTICATED, status.PERMISSION_DENIED].includes(code)) {
    return authenticationNeeded(at, details, error);
  }
  const passing = [
    status.UNAVAILABLE,
    status.DEADLINE_EXCEEDED,
    status.CANCELLED,
    status.ABORTED,
    status.RESOURCE_EXHAUSTED,
  ];
  if (passing.includes(code) || NOT_LEADING.test(details) || RESET.test(details)) {
    return new OmUnavailable(at, details, error);
  }
  return answerInvalid(at, `gRPC status ${code} (${status[code]}) ${details}`.trimEnd(), error);
}

function isServiceError(error: unknown): error is ServiceError {
  return isError(error) && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
