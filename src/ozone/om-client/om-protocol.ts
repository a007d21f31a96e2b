/**
 * The messages of `om-protocol.proto`, as protoc-gen-es 2.17.0 makes them (`target=ts`), formatted. To change them, change
 * that file and make this one again.
 *
 * @module
 */

import type { GenFile, GenMessage } from '@bufbuild/protobuf/codegenv2';
import { fileDesc, messageDesc } from '@bufbuild/protobuf/codegenv2';
import type { Message } from '@bufbuild/protobuf';

/**
 * Describes the file om-protocol.proto.
 */
export const fileOmProtocol: GenFile =
  /*@__PURE__*/
  fileDesc(
    'ChFvbS1wcm90b2NvbC5wcm90bxIMaGFkb29wLm96b25lImgKCU9NUmVxdWVzdBIPCgdjbWRUeXBlGAEgAigFEhAKCGNsaWVudElkGAMgAigJEjgKEGRiVXBkYXRlc1JlcXVlc3QYNSABKAsyHi5oYWRvb3Aub3pvbmUuREJVcGRhdGVzUmVxdWVzdCI+ChBEQlVwZGF0ZXNSZXF1ZXN0EhYKDnNlcXVlbmNlTnVtYmVyGAEgAigEEhIKCmxpbWl0Q291bnQYAiABKAQiqQEKCk9NUmVzcG9uc2USDwoHY21kVHlwZRgBIAIoBRIVCgdzdWNjZXNzGAMgASgIOgR0cnVlEg8KB21lc3NhZ2UYBCABKAkSDgoGc3RhdHVzGAUgAigFEhYKDmxlYWRlck9NTm9kZUlkGAYgASgJEjoKEWRiVXBkYXRlc1Jlc3BvbnNlGDQgASgLMh8uaGFkb29wLm96b25lLkRCVXBkYXRlc1Jlc3BvbnNlInAKEURCVXBkYXRlc1Jlc3BvbnNlEhYKDnNlcXVlbmNlTnVtYmVyGAEgAigEEgwKBGRhdGEYAiADKAwSHAoUbGF0ZXN0U2VxdWVuY2VOdW1iZXIYAyABKAQSFwoPZGJVcGRhdGVTdWNjZXNzGAQgASgI',
  );

/**
 * @generated from message hadoop.ozone.OMRequest
 */
export type OMRequest = Message<'hadoop.ozone.OMRequest'> & {
  /**
   * @generated from field: required int32 cmdType = 1;
   */
  cmdType: number;

  /**
   * @generated from field: required string clientId = 3;
   */
  clientId: string;

  /**
   * @generated from field: optional hadoop.ozone.DBUpdatesRequest dbUpdatesRequest = 53;
   */
  dbUpdatesRequest?: DBUpdatesRequest | undefined;
};

/**
 * Describes the message hadoop.ozone.OMRequest.
 * Use `create(OMRequestSchema)` to create a new message.
 */
export const OMRequestSchema: GenMessage<OMRequest> = /*@__PURE__*/ messageDesc(fileOmProtocol, 0);

/**
 * @generated from message hadoop.ozone.DBUpdatesRequest
 */
export type DBUpdatesRequest = Message<'hadoop.ozone.DBUpdatesRequest'> & {
  /**
   * @generated from field: required uint64 sequenceNumber = 1;
   */
  sequenceNumber: bigint;

  /**
   * @generated from field: optional uint64 limitCount = 2;
   */
  limitCount: bigint;
};

/**
 * Describes the message hadoop.ozone.DBUpdatesRequest.
 * Use `create(DBUpdatesRequestSchema)` to create a new message.
 */
export const DBUpdatesRequestSchema: GenMessage<DBUpdatesRequest> =
  /*@__PURE__*/
  messageDesc(fileOmProtocol, 1);

/**
 * @generated from message hadoop.ozone.OMResponse
 */
export type OMResponse = Message<'hadoop.ozone.OMResponse'> & {
  /**
   * @generated from field: required int32 cmdType = 1;
   */
  cmdType: number;

  /**
   * @generated from field: optional bool success = 3 [default = true];
   */
  success: boolean;

  /**
   * @generated from field: optional string message = 4;
   */
  message: string;

  /**
   * @generated from field: required int32 status = 5;
   */
  status: number;

  /**
   * @generated from field: optional string leaderOMNodeId = 6;
   */
  leaderOMNodeId: string;

  /**
   * @generated from field: optional hadoop.ozone.DBUpdatesResponse dbUpdatesResponse = 52;
   */
  dbUpdatesResponse?: DBUpdatesResponse | undefined;
};

/**
 * Describes the message hadoop.ozone.OMResponse.
 * Use `create(OMResponseSchema)` to create a new message.
 */
export const OMResponseSchema: GenMessage<OMResponse> = /*@__PURE__*/ messageDesc(fileOmProtocol, 2);

/**
 * @generated from message hadoop.ozone.DBUpdatesResponse
 */
export type DBUpdatesResponse = Message<'hadoop.ozone.DBUpdatesResponse'> & {
  /**
   * @generated from field: required uint64 sequenceNumber = 1;
   */
  sequenceNumber: bigint;

  /**
   * @generated from field: repeated bytes data = 2;
   */
  data: Uint8Array[];

  /**
   * @generated from field: optional uint64 latestSequenceNumber = 3;
   */
  latestSequenceNumber: bigint;

  /**
   * @generated from field: optional bool dbUpdateSuccess = 4;
   */
  dbUpdateSuccess: boolean;
};

/**
 * Describes the message hadoop.ozone.DBUpdatesResponse.
 * Use `create(DBUpdatesResponseSchema)` to create a new message.
 */
export const DBUpdatesResponseSchema: GenMessage<DBUpdatesResponse> =
  /*@__PURE__*/
  messageDesc(fileOmProtocol, 3);
