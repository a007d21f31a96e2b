import type * as Grpc from '@grpc/grpc-js';
import { StagedReprocessError } from '../../errors.ts';
import type * as Codec from './updates-codec.ts';

export type GrpcModule = typeof Grpc;
export type UpdatesCodec = typeof Codec;

/** Loads `@grpc/grpc-js`, which only hosts that follow a live Ozone Manager have to install. */
export async function loadGrpc(): Promise<GrpcModule> {
  try {
    return await import('@grpc/grpc-js');
  } catch (cause) {
    throw missing('@grpc/grpc-js', cause);
  }
}

/** Loads what needs `@bufbuild/protobuf`, likewise. */
export async function loadUpdatesCodec(): Promise<UpdatesCodec> {
  try {
    return await import('./updates-codec.ts');
  } catch (cause) {
    throw missing('@bufbuild/protobuf', cause);
  }
}

function missing(peer: string, cause: unknown): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_MISSING_PEER',
    `Following an Ozone Manager needs ${peer}: install it with \`npm install ${peer}\``,
    { details: { peer }, cause },
  );
}
