import { failedAnswer } from './updates-answer.ts';

/** What the server does instead of answering a request for updates. */
export type UpdatesFault =
  /** An error of gRPC: `grpc-status` and its message. */
  | { readonly kind: 'status'; readonly status: number; readonly message: string }
  /** Bytes in the place of an `OMResponse`. */
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  /** RST_STREAM with a code of HTTP/2. */
  | { readonly kind: 'reset'; readonly code: number }
  /** An answer that never got as far as gRPC, as from a proxy. */
  | { readonly kind: 'http'; readonly status: number }
  /** The length before the message says more than follows. */
  | { readonly kind: 'short-frame' };

/** What the server does instead of serving its checkpoint. */
export type CheckpointFault =
  /** Another answer. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  /** The checkpoint ends early, in good order. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** The connection breaks after so many bytes. */
  | { readonly kind: 'break'; readonly bytes: number }
  /** One bit is wrong. */
  | { readonly kind: 'flip'; readonly byte: number }
  /** Only version 2 is served. */
  | { readonly kind: 'no-v1' };

export interface Faults {
  readonly updates?: UpdatesFault;
  readonly checkpoint?: CheckpointFault;
}

const status = (code: number, message: string): UpdatesFault => ({ kind: 'status', status: code, message });

/** What Ozone 2.2.0 was seen to send, and what stands between it and its clients. */
export const updatesFaults = {
  leaderNotReady: status(
    13,
    'org.apache.hadoop.ozone.om.exceptions.OMLeaderNotReadyException: om1 is leader but not ready to process request.',
  ),
  unauthenticated: status(16, 'Authentication is required'),
  permissionDenied: status(7, 'Access is denied'),
  malformedRequest: status(2, 'Application error processing RPC'),
  unavailable: status(14, 'Shutting down'),
  reset: { kind: 'reset', code: 2 },
  accessDenied: {
    kind: 'answer',
    bytes: failedAnswer(48, 'Access denied for user nobody. Superuser privilege is required'),
  },
  notProtobuf: { kind: 'answer', bytes: Uint8Array.from([0xff, 0xff, 0xff]) },
} as const satisfies Readonly<Record<string, UpdatesFault>>;

export function notLeader(nodeId: string): UpdatesFault {
  return status(
    13,
    `org.apache.hadoop.ozone.om.exceptions.OMNotLeaderException: OM:${nodeId} is not the leader. Could not determine the leader node.`,
  );
}
