import {
  decodeContainerId,
  decodeContainerKey,
  decodeContainerKeyCount,
  decodeKeyContainer,
  decodeNSSummary,
  decodeNSSummaryKey,
} from '../../recon/index.ts';
import { decodeFileSizeCountKey, decodeGlobalStat } from './stats-encodings.ts';
import type { ReconTable } from './recon-folder.ts';

export type Scalar = string | number | bigint;

/** A key or a value by its fields. `childDir` and `fileSizeBucket` are lists. */
export type Fields = Readonly<Record<string, Scalar | readonly bigint[] | readonly number[]>>;

export interface TableDecoder {
  /** Throws `TypeError` when the bytes are no key of the table. */
  key(bytes: Uint8Array): Fields;
  /** Throws `TypeError` when the bytes are no value of the table. */
  value(bytes: Uint8Array): Fields;
}

/** Rows that say which container holds which version of a key always have the int32 1 as their value. */
function presence(bytes: Uint8Array): Fields {
  if (bytes.length !== 4) throw new TypeError(`Expected a value of 4 bytes, got ${bytes.length}`);
  return { count: Buffer.from(bytes).readInt32BE(0) };
}

const count = (bytes: Uint8Array): Fields => ({ count: decodeContainerKeyCount(bytes) });

/** How the tables of a Recon are encoded. */
export const DECODERS: Readonly<Record<ReconTable, TableDecoder>> = {
  namespaceSummaryTable: {
    key: (bytes) => ({ objectId: decodeNSSummaryKey(bytes) }),
    value: (bytes) => ({ ...decodeNSSummary(bytes) }),
  },
  containerKeyTable: { key: (bytes) => ({ ...decodeContainerKey(bytes) }), value: presence },
  keyContainerTable: { key: (bytes) => ({ ...decodeKeyContainer(bytes) }), value: presence },
  containerKeyCountTable: { key: (bytes) => ({ containerId: decodeContainerId(bytes) }), value: count },
  fileCountBySizeTable: { key: (bytes) => ({ ...decodeFileSizeCountKey(bytes) }), value: count },
  globalStatsTable: {
    key: (bytes) => ({ name: Buffer.from(bytes).toString('utf8') }),
    value: (bytes) => ({ value: decodeGlobalStat(bytes) }),
  },
};
