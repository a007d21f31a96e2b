import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { create, fromBinary, isFieldSet, toBinary } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { errorMessage } from '../../errors.ts';
import {
  DBUpdatesRequestSchema,
  DBUpdatesResponseSchema,
  OMRequestSchema,
  OMResponseSchema,
} from './om-protocol.ts';

/** What an Ozone Manager said. */
export type UpdatesAnswer =
  | {
      readonly kind: 'updates';
      readonly batches: readonly Uint8Array[];
      /** The last sequence of its database; `undefined` when it did not say. */
      readonly latest: bigint | undefined;
      /** False when it could not read its log, above all when the sequence lies in its future. */
      readonly success: boolean;
      readonly leaderId: string | undefined;
    }
  /** An error of Ozone's, a number of its `Status`. */
  | {
      readonly kind: 'failed';
      readonly status: number;
      readonly message: string;
      readonly leaderId: string | undefined;
    }
  | { readonly kind: 'malformed'; readonly what: string; readonly cause?: unknown };

/** `Type.DBUpdates` */
const DB_UPDATES = 53;
/** -1 as an unsigned number: Ozone's "none". */
const NONE = (1n << 64n) - 1n;
const OK = 1;

export function encodeRequest(clientId: string, after: bigint, limit: number): Buffer {
  const dbUpdatesRequest = create(DBUpdatesRequestSchema, {
    sequenceNumber: after,
    limitCount: BigInt(limit),
  });
  const request = create(OMRequestSchema, { cmdType: DB_UPDATES, clientId, dbUpdatesRequest });
  return Buffer.from(toBinary(OMRequestSchema, request));
}

export function decodeAnswer(bytes: Uint8Array): UpdatesAnswer {
  let response;
  try {
    response = fromBinary(OMResponseSchema, bytes);
  } catch (cause) {
    return { kind: 'malformed', what: `it is no OMResponse (${errorMessage(cause)})`, cause };
  }
  const { dbUpdatesResponse: updates } = response;
  const missing =
    missingField(OMResponseSchema, response) ?? (updates && missingField(DBUpdatesResponseSchema, updates));
  if (missing !== undefined) return { kind: 'malformed', what: `it has no ${missing}` };
  if (response.cmdType !== DB_UPDATES) {
    return { kind: 'malformed', what: `it belongs to the command ${response.cmdType}` };
  }
  const leaderId = response.leaderOMNodeId === '' ? undefined : response.leaderOMNodeId;
  if (!response.success || response.status !== OK) {
    return { kind: 'failed', status: response.status, message: response.message, leaderId };
  }
  if (updates === undefined) return { kind: 'malformed', what: 'it has no dbUpdatesResponse' };
  const { data, latestSequenceNumber: latest, dbUpdateSuccess } = updates;
  return {
    kind: 'updates',
    batches: data,
    latest: latest === NONE || latest === 0n ? undefined : latest,
    success: dbUpdateSuccess,
    leaderId,
  };
}

/** The first required field that is not there: the decoder lets that pass. */
function missingField<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): string | undefined {
  return schema.fields.find(
    (field) => field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED && !isFieldSet(message, field),
  )?.name;
}
