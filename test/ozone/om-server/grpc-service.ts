import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { createSecureServer, createServer } from 'node:http2';
import { fromBinary } from '@bufbuild/protobuf';
import { OMRequestSchema } from '../../../src/ozone/om-client/om-protocol.ts';
import type { UpdatesFault } from './faults.ts';
import type { Tls } from './listening.ts';

export interface UpdatesRequest {
  readonly after: bigint;
  readonly limit: bigint;
  readonly clientId: string;
  /** Metadata of the call. */
  readonly headers: IncomingHttpHeaders;
}

/** Gives the bytes of an `OMResponse`, or what goes wrong. */
export type AnswerUpdates = (request: UpdatesRequest) => Promise<Uint8Array | UpdatesFault>;

const METHOD = '/hadoop.ozone.OzoneManagerService/submitRequest';
const FRAME_HEADER = 5;

/**
 * The gRPC side of an Ozone Manager: one unary method. Written on HTTP/2 itself, because the faults that it has to show
 * (RST_STREAM, answers of proxies, frames that are cut short) lie below what a server of a gRPC library can do.
 */
export function grpcService(answer: AnswerUpdates, tls: Tls | undefined): Http2Server {
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // The client may be gone at any moment.
    stream.on('error', () => undefined);
    serve(stream, headers, answer).catch((error: unknown) =>
      stream.destroy(error instanceof Error ? error : undefined),
    );
  });
  return server;
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  answer: AnswerUpdates,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) if (chunk instanceof Uint8Array) chunks.push(chunk);
  if (headers[':path'] !== METHOD) {
    fail(stream, { kind: 'status', status: 12, message: 'Method not found' });
    return;
  }
  const request = fromBinary(OMRequestSchema, Buffer.concat(chunks).subarray(FRAME_HEADER));
  const answered = await answer({
    after: request.dbUpdatesRequest?.sequenceNumber ?? 0n,
    limit: request.dbUpdatesRequest?.limitCount ?? 0n,
    clientId: request.clientId,
    headers,
  });
  if (stream.destroyed) return;
  if (!(answered instanceof Uint8Array)) {
    fail(stream, answered);
    return;
  }
  send(stream, answered, answered.length);
}

function fail(stream: ServerHttp2Stream, fault: UpdatesFault): void {
  switch (fault.kind) {
    case 'status':
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': String(fault.status),
          'grpc-message': encodeURIComponent(fault.message),
        },
        { endStream: true },
      );
      return;
    case 'answer':
      send(stream, fault.bytes, fault.bytes.length);
      return;
    case 'reset':
      stream.close(fault.code);
      return;
    case 'http':
      stream.respond({ ':status': fault.status, 'content-type': 'text/html' });
      stream.end('<html><body>An answer of a proxy</body></html>');
      return;
    case 'short-frame':
      send(stream, Uint8Array.from([1, 2, 3]), 100);
      return;
  }
}

/** Sends one message behind the given length, and `grpc-status` 0. */
function send(stream: ServerHttp2Stream, message: Uint8Array, length: number): void {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt32BE(length, 1);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([header, message]));
}
