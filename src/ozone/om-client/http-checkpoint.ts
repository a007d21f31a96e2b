import { abortError, errorCode, isError, throwIfAborted } from '../../errors.ts';
import { formatOf, HEAD_BYTES, type Archive, type ArchiveSource } from '../checkpoint/archive.ts';
import { BodyStream } from './body-stream.ts';
import { checkResponse } from './check-response.ts';
import { authority, type FullOmAddress } from './om-address.ts';
import type { ClientSettings } from './om-client-options.ts';
import { answerInvalid, innermostReason, OmUnavailable } from './om-errors.ts';

export interface Download {
  readonly settings: ClientSettings;
  readonly signal: AbortSignal;
  /** Told of each piece that came, in bytes. */
  readonly onPiece: (bytes: number) => void;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** Version 1, and what is served where that is no longer there. */
const PATHS = [
  '/dbCheckpoint?flushBeforeCheckpoint=true',
  '/v2/dbCheckpoint?includeSnapshotData=false&flushBeforeCheckpoint=true',
];
const NOT_FOUND = 404;

/** The checkpoint of one Ozone Manager, as it comes over HTTP. Opening it makes the request. */
export function httpCheckpoint(address: FullOmAddress, download: Download): ArchiveSource {
  const at = authority(address.host, address.httpPort);
  return {
    name: `the checkpoint of ${at}`,
    open: async () => {
      const late = new AbortController();
      const { settings, signal } = download;
      const { clock, timeoutMs } = settings;
      const stopTimer = clock.setTimer(late.abort.bind(late), timeoutMs, { awaited: true });
      try {
        return await request(at, download, AbortSignal.any([signal, late.signal]));
      } catch (error) {
        if (signal.aborted) throw abortError(signal);
        if (late.signal.aborted) throw stalled(at, timeoutMs);
        throw error;
      } finally {
        stopTimer();
      }
    },
  };
}

async function request(at: string, download: Download, signal: AbortSignal): Promise<Archive> {
  const { settings } = download;
  const fetch = settings.fetch ?? globalThis.fetch;
  for (const path of PATHS) {
    const response = await fetch(`${settings.protocol}//${at}${path}`, {
      signal,
      redirect: 'manual',
      headers: { accept: 'application/x-tar, */*', 'accept-encoding': 'identity' },
    }).catch((error: unknown) => {
      throw failed(at, error);
    });
    throwIfAborted(signal);
    if (response.status === NOT_FOUND && path !== PATHS.at(-1)) {
      await response.body?.cancel().catch(() => undefined);
      continue;
    }
    try {
      checkResponse(at, response);
      return await readArchive(at, response, download);
    } catch (error) {
      await response.body?.cancel().catch(() => undefined);
      throw error;
    }
  }
  throw new Error('A path is always the last one');
}

async function readArchive(at: string, response: Response, download: Download): Promise<Archive> {
  if (response.body === null) throw answerInvalid(at, 'it is empty');
  const reader = response.body.getReader();
  const head = await readHead(reader).catch((error: unknown) => {
    throw failed(at, error);
  });
  const format = formatOf(head);
  if (format === undefined && head.length >= HEAD_BYTES) {
    await reader.cancel().catch(() => undefined);
    throw answerInvalid(at, 'it is no tar');
  }
  const { settings, signal, onPiece } = download;
  onPiece(head.length);
  const bytes = new BodyStream(reader, {
    head,
    clock: settings.clock,
    timeoutMs: settings.timeoutMs,
    stalled: () => stalled(at, settings.timeoutMs),
    failed: (error) => (signal.aborted ? abortError(signal) : failed(at, error)),
    onPiece,
  });
  return { bytes, format };
}

/** Enough to tell the format, or all that there is. */
async function readHead(reader: Reader): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

function stalled(at: string, timeoutMs: number): Error {
  return new OmUnavailable(at, `nothing came for ${timeoutMs} ms`);
}

/** What breaks a download is the net, unless the bytes themselves are damaged, which the unpacking gives its code. */
function failed(at: string, error: unknown): Error {
  for (let cause: unknown = error; isError(cause); cause = cause.cause) {
    if (errorCode(cause)?.startsWith('Z_') === true) return cause;
  }
  return new OmUnavailable(at, innermostReason(error), error);
}
