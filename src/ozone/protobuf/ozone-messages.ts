import type { FieldShape, MessageShape } from './message-check.ts';

// Nested messages of Ozone's records that no task reads. Optional scalars are left out.

const REQUIRED_VARINT: FieldShape = { wire: 0, required: true };
const REQUIRED_BYTES: FieldShape = { wire: 2, required: true };

function requiredEnum(...values: number[]): FieldShape {
  return { wire: 0, required: true, values };
}

const UUID: MessageShape = { 1: REQUIRED_VARINT, 2: REQUIRED_VARINT };
const DATANODE_ID: MessageShape = { 1: { wire: 2, required: true, message: UUID } };
const PORT: MessageShape = { 1: REQUIRED_BYTES, 2: REQUIRED_VARINT };
const DATANODE_DETAILS: MessageShape = {
  2: REQUIRED_BYTES,
  3: REQUIRED_BYTES,
  4: { wire: 2, repeated: true, message: PORT },
  100: { wire: 2, message: UUID },
  102: { wire: 2, message: DATANODE_ID },
};
const PIPELINE_ID: MessageShape = { 100: { wire: 2, message: UUID } };

export const EC_REPLICATION_CONFIG: MessageShape = {
  1: REQUIRED_VARINT,
  2: REQUIRED_VARINT,
  3: REQUIRED_BYTES,
  4: REQUIRED_VARINT,
};

export const PIPELINE: MessageShape = {
  1: { wire: 2, repeated: true, message: DATANODE_DETAILS },
  5: { wire: 2, required: true, message: PIPELINE_ID },
  9: { wire: 2, message: UUID },
  11: { wire: 2, message: EC_REPLICATION_CONFIG },
  100: { wire: 2, message: UUID },
  101: { wire: 2, message: DATANODE_ID },
  102: { wire: 2, message: DATANODE_ID },
};

export const TOKEN: MessageShape = {
  1: REQUIRED_BYTES,
  2: REQUIRED_BYTES,
  3: REQUIRED_BYTES,
  4: REQUIRED_BYTES,
};

export const KEY_VALUE: MessageShape = { 1: REQUIRED_BYTES };

export const FILE_ENCRYPTION: MessageShape = {
  1: requiredEnum(1, 2),
  2: requiredEnum(1, 2),
  3: REQUIRED_BYTES,
  4: REQUIRED_BYTES,
  5: REQUIRED_BYTES,
  6: REQUIRED_BYTES,
};

export const BUCKET_ENCRYPTION: MessageShape = { 1: REQUIRED_BYTES };

const CHECKSUM_TYPE = requiredEnum(0, 1, 2);

export const FILE_CHECKSUM: MessageShape = {
  1: requiredEnum(1, 2),
  2: { wire: 2, message: { 1: CHECKSUM_TYPE, 2: REQUIRED_VARINT, 3: REQUIRED_VARINT } },
  3: {
    wire: 2,
    message: { 1: CHECKSUM_TYPE, 2: REQUIRED_VARINT, 3: REQUIRED_VARINT, 4: REQUIRED_BYTES },
  },
};

export const DEFAULT_REPLICATION: MessageShape = {
  // CHAINED and NONE parse, but no configuration can be made of them: the same verdict as without a type.
  1: requiredEnum(1, 2, 4),
  3: { wire: 2, message: EC_REPLICATION_CONFIG },
};
