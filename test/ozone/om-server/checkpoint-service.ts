import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { CheckpointFault } from './faults.ts';
import type { ServerGate } from './gate.ts';
import type { Tls } from './listening.ts';

/** How one request for a checkpoint is to be answered. */
export interface CheckpointAnswer {
  readonly tar: Uint8Array;
  readonly fault: CheckpointFault | undefined;
  /** Stands at the given number of bytes of the body. */
  readonly gate: { readonly at: number; readonly gate: ServerGate } | undefined;
}

export type AnswerCheckpoint = (request: IncomingMessage) => Promise<CheckpointAnswer | 'not-leader'>;

const CHUNK = 16 << 10;

/** The HTTP side of an Ozone Manager: `/dbCheckpoint` and `/v2/dbCheckpoint`. */
export function checkpointService(answer: AnswerCheckpoint, tls: Tls | undefined): Server {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    // A connection is closed with its answer, so that one which stays open shows.
    response.shouldKeepAlive = false;
    serve(request, response, answer).catch(() => response.destroy());
  };
  return tls === undefined ? createServer(handle) : createSecureServer(tls, handle);
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: AnswerCheckpoint,
): Promise<void> {
  const path = request.url?.split('?')[0];
  const answered = await answer(request);
  if (answered === 'not-leader') {
    sendHtml(response, 503, 'This OM is not the leader');
    return;
  }
  const { fault } = answered;
  if (fault?.kind === 'answer') {
    response.writeHead(fault.status, fault.headers).end(fault.body);
    return;
  }
  const known = path === '/v2/dbCheckpoint' || (path === '/dbCheckpoint' && fault?.kind !== 'no-v1');
  if (!known || request.method !== 'GET') {
    sendHtml(response, known ? 405 : 404, 'No such page');
    return;
  }
  response.writeHead(200, {
    'content-type': 'application/x-tar',
    'content-disposition': 'attachment; filename="om.db_checkpoint_1795350048695.tar"',
  });
  await sendBody(response, answered);
}

/** Sends the checkpoint in pieces: up to the gate, behind it, and up to where the fault ends it. */
async function sendBody(response: ServerResponse, { tar, fault, gate }: CheckpointAnswer): Promise<void> {
  const body = Buffer.from(tar);
  if (fault?.kind === 'flip') body.writeUInt8(body.readUInt8(fault.byte) ^ 4, fault.byte);
  const end = fault?.kind === 'cut' || fault?.kind === 'break' ? fault.bytes : body.length;
  let at = 0;
  let ahead = gate;
  while (at < end || ahead !== undefined) {
    if (ahead !== undefined && at >= Math.min(ahead.at, end)) {
      // The client must have what comes before the gate when the test is told of it.
      response.flushHeaders();
      await ahead.gate.pass();
      ahead = undefined;
      continue;
    }
    const next = Math.min(at + CHUNK, end, ahead === undefined ? end : ahead.at);
    await write(response, body.subarray(at, next));
    at = next;
  }
  if (fault?.kind === 'break') response.destroy();
  else response.end();
}

/** Resolves when the bytes are handed to the system; rejects when the client is gone. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

function sendHtml(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end(`<html><body>${text}</body></html>`);
}
