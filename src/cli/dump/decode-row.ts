import {
  decodeContainerId,
  decodeContainerKey,
  decodeContainerKeyCount,
  decodeKeyContainer,
  decodeNSSummary,
  decodeNSSummaryKey,
} from '../../recon/index.ts';

export interface DecodedRow {
  readonly key: object;
  readonly value: object;
}

type RowDecoder = (key: Uint8Array, value: Uint8Array) => DecodedRow;

/** Rows that say which container holds which version of a key always have the int32 1 as their value. */
function presence(value: Uint8Array): object {
  return { count: Buffer.from(value).readInt32BE(0) };
}

const DECODERS: Readonly<Record<string, RowDecoder>> = {
  namespaceSummaryTable: (key, value) => ({
    key: { objectId: decodeNSSummaryKey(key) },
    value: decodeNSSummary(value),
  }),
  containerKeyTable: (key, value) => ({ key: decodeContainerKey(key), value: presence(value) }),
  keyContainerTable: (key, value) => ({ key: decodeKeyContainer(key), value: presence(value) }),
  containerKeyCountTable: (key, value) => ({
    key: { containerId: decodeContainerId(key) },
    value: { count: decodeContainerKeyCount(value) },
  }),
};

/** The fields of a row of one of Recon's LevelDB tables; `undefined` for other tables. */
export function rowDecoder(table: string): RowDecoder | undefined {
  return Object.hasOwn(DECODERS, table) ? DECODERS[table] : undefined;
}
