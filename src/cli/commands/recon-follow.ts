import { join } from 'node:path';
import { isReprocessError } from '../../errors.ts';
import { OmClient, OmFollower, type OmFollowEvent } from '../../ozone/index.ts';
import { DATA_DIR_OPTION, type Command, type Invocation } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { FollowLine } from '../follow-line.ts';
import { omAddresses } from '../om-addresses.ts';
import { openFollowing } from '../recon-following.ts';
import { RequestsFile } from '../task-status/requests-file.ts';

export const reconFollowCommand: Command = {
  name: 'recon follow',
  summary: "keep Recon's tables level with a live Ozone Manager",
  about: `Fetches a checkpoint, rebuilds the tables from it, then applies every change as it happens, until it is stopped
(Ctrl-C). A new checkpoint is fetched only when changes cannot bridge what is missing; until its tables are live the old
ones stay. Network errors are tried again, longer each time. Of several addresses the leader is followed.`,
  positionals: [],
  options: {
    om: {
      type: 'string',
      value: 'HOST[:HTTP_PORT[:GRPC_PORT]][,...]',
      required: true,
      describe: 'the Ozone Managers (default ports: 9874 and 8981)',
    },
    'data-dir': { ...DATA_DIR_OPTION, describe: 'the data directory, created if it is missing' },
    'filesystem-paths': {
      type: 'boolean',
      describe: 'LEGACY buckets are file systems; recorded, and needed the first time only',
    },
    'poll-ms': {
      type: 'string',
      value: 'N',
      describe: 'how long to wait when nothing is new (default: 5000)',
    },
    'max-shrink': {
      type: 'string',
      value: 'N',
      describe: 'share of its rows, 0 to 1, that a store may lose in a rebuild (default: 0.5)',
    },
    https: { type: 'boolean', describe: 'fetch checkpoints over https' },
  },
  run: follow,
};

async function follow({ given, terminal, signal }: Invocation): Promise<number> {
  const { out, err } = terminal;
  const dataDir = given.required('data-dir');
  const addresses = omAddresses(given.required('om'));
  const pollMs = given.number('poll-ms', { min: 1, max: 86_400_000, whole: true });
  const maxShrink = given.number('max-shrink', { min: 0, max: 1, whole: false });
  await using client = new OmClient({ addresses, protocol: given.flag('https') ? 'https:' : 'http:' });
  await using following = await openFollowing({
    dataDir,
    ...(given.flag('filesystem-paths') ? { filesystemPaths: true } : {}),
    ...(maxShrink === undefined ? {} : { maxShrink }),
    alert: ({ code, message }) => {
      void err.line(`${err.yellow('Alert')} ${code}: ${message}`).catch(() => undefined);
    },
  });
  const { reprocessor, mirror } = following;
  const refused = new AbortController();
  const follower = new OmFollower({
    reprocessor,
    mirror,
    client,
    stagingDirectory: join(dataDir, 'om-fetch'),
    ...(pollMs === undefined ? {} : { pollMs }),
    listener: (event) => {
      line.heard(event);
      requests.heard(event);
      const reason = hopeless(event);
      if (reason !== undefined) refused.abort(reason);
    },
  });
  const requests = new RequestsFile(dataDir, () => follower.status());
  const line = new FollowLine(out, () => {
    const { run, lag } = reprocessor.status();
    return { follow: follower.status(), run, lag };
  });
  try {
    await follower.run(AbortSignal.any([signal, refused.signal]));
  } finally {
    await line.end();
    await requests.end();
  }
  if (refused.signal.aborted) throw refused.signal.reason;
  await out.line('Stopped: what was taken is in the tables, or is applied at the next start');
  return EXIT.ok;
}

/** What no waiting mends: the operator must change the call. */
function hopeless(event: OmFollowEvent): Error | undefined {
  if (event.type !== 'failed') return undefined;
  const codes = [
    'REPROCESS_AUTHENTICATION',
    'REPROCESS_MISSING_PEER',
    'REPROCESS_SOURCE_UNSUPPORTED',
    'REPROCESS_UNDECIDED',
  ] as const;
  return codes.some((code) => isReprocessError(event.error, code)) ? event.error : undefined;
}
