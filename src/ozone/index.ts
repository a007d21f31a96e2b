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
