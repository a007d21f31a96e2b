/**
 * Reading the database of an Ozone Manager.
 *
 * @packageDocumentation
 */

export { openOmCheckpoint } from './checkpoint/om-checkpoint.ts';
export type { OmCheckpoint, OmCheckpointOptions } from './checkpoint/om-checkpoint.ts';
export { omCheckpointSource } from './checkpoint/om-checkpoint-source.ts';
export type { OmCheckpointSourceOptions } from './checkpoint/om-checkpoint-source.ts';
export { openOmCheckpointTar } from './checkpoint/om-checkpoint-tar.ts';
export type { OmCheckpointTarOptions } from './checkpoint/om-checkpoint-tar.ts';
export { extractOmCheckpoint } from './checkpoint/extract-om-checkpoint.ts';
export type { ExtractOmCheckpointOptions } from './checkpoint/extract-om-checkpoint.ts';
export { OmMirror } from './om-mirror/om-mirror.ts';
export type {
  AppliedBatch,
  MirrorCopy,
  OmMirrorOptions,
  PreparedUpdate,
  PrepareOptions,
  StageOptions,
} from './om-mirror/om-mirror.ts';
export { OmFollower } from './follow/om-follower.ts';
export { mirrorOf } from './follow/mirror-of.ts';
export type { FollowedReprocessor, OmFollowerOptions } from './follow/follow-options.ts';
export type { OmFollowEvent, SnapshotCause } from './follow/follow-events.ts';
export type { OmFollowStatus, OmRequestStatus } from './follow/follow-status.ts';
export { OmClient } from './om-client/om-client.ts';
export type {
  FetchedOmCheckpoint,
  OmCheckpointRequest,
  OmUpdates,
  OmUpdatesRequest,
} from './om-client/om-client.ts';
export type { FullOmAddress, OmAddress } from './om-client/om-address.ts';
export type { GrpcCredentials, OmClientOptions } from './om-client/om-client-options.ts';
