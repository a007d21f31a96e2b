import { bytes, int, message, optionalInt } from './proto-writer.ts';

export const RATIS = 1;
export const STAND_ALONE = 2;
export const EC = 4;

export interface EcConfig {
  readonly data: number;
  readonly parity: number;
  readonly codec?: string;
  readonly chunk: number;
}

export function ecConfig({ data, parity, codec = 'rs', chunk }: EcConfig): Uint8Array {
  return message(int(1, data), int(2, parity), bytes(3, codec), int(4, chunk));
}

/** Containers of the blocks of one version group. */
export interface Group {
  readonly version?: number | bigint;
  readonly containers: readonly (number | bigint)[];
}

export function blockLocation(container: number | bigint): Uint8Array {
  const containerBlock = message(int(1, container), int(2, 7));
  const block = message(bytes(1, containerBlock), int(2, 3));
  return message(bytes(1, block), int(3, 0), int(4, 1024), int(5, 0));
}

export function locationList({ version, containers }: Group): Uint8Array {
  return message(optionalInt(1, version), ...containers.map((id) => bytes(2, blockLocation(id))));
}

export interface KeyOptions {
  readonly volume?: string;
  readonly bucket?: string;
  readonly name?: string;
  readonly size?: number | bigint;
  readonly type?: number;
  readonly factor?: number | undefined;
  readonly ec?: EcConfig;
  readonly objectId?: number | bigint;
  readonly parentId?: number | bigint;
  readonly groups?: readonly Group[];
  /** Further fields. */
  readonly more?: readonly Uint8Array[];
}

export function keyInfo(options: KeyOptions = {}): Uint8Array {
  const {
    volume = 'vol',
    bucket = 'bucket',
    name = 'key',
    size = 1000,
    type = RATIS,
    ec,
    groups = [],
  } = options;
  const factor = 'factor' in options ? options.factor : 3;
  return message(
    bytes(1, volume),
    bytes(2, bucket),
    bytes(3, name),
    int(4, size),
    int(5, type),
    optionalInt(6, factor),
    ...groups.map((group) => bytes(7, locationList(group))),
    int(8, 1_700_000_000_000),
    int(9, 1_700_000_000_001),
    int(10, 0),
    optionalInt(14, options.objectId),
    optionalInt(16, options.parentId),
    ec === undefined ? undefined : bytes(17, ecConfig(ec)),
    ...(options.more ?? []),
  );
}

export function directoryInfo(
  name: string,
  objectId: number | bigint,
  parentId: number | bigint,
): Uint8Array {
  return message(bytes(1, name), int(2, 1), int(3, 2), int(6, objectId), int(7, 9), int(8, parentId));
}

export const LEGACY = 1;
export const FSO = 2;
export const OBS = 3;

export function bucketInfo(
  volume: string,
  bucket: string,
  objectId: number | bigint,
  layout: number | undefined,
): Uint8Array {
  return message(
    bytes(1, volume),
    bytes(2, bucket),
    int(4, 0),
    int(5, 1),
    int(9, objectId),
    optionalInt(18, layout),
  );
}

export function repeatedKeyInfo(...keys: readonly Uint8Array[]): Uint8Array {
  return message(...keys.map((key) => bytes(1, key)), int(2, 77));
}

export function partKeyInfo(partNumber: number, key: Uint8Array): Uint8Array {
  return message(bytes(1, `part-${String(partNumber)}`), int(2, partNumber), bytes(3, key));
}

export interface UploadOptions {
  readonly uploadId?: string;
  readonly type?: number;
  readonly factor?: number;
  readonly ec?: EcConfig;
  readonly schemaVersion?: number;
  readonly parts?: readonly Uint8Array[];
}

export function multipartKeyInfo(options: UploadOptions = {}): Uint8Array {
  const { uploadId = 'upload', type = RATIS, factor = 3, ec, schemaVersion, parts = [] } = options;
  return message(
    bytes(1, uploadId),
    int(2, 1),
    int(3, type),
    int(4, factor),
    ...parts.map((part) => bytes(5, part)),
    ec === undefined ? undefined : bytes(9, ecConfig(ec)),
    optionalInt(10, schemaVersion),
  );
}

export interface PartOptions {
  readonly partName?: string;
  readonly partNumber?: number | bigint;
  readonly eTag?: string;
  readonly size?: number | bigint;
  /** Leaves the location list out. */
  readonly unlocated?: boolean;
}

export function multipartPartInfo(options: PartOptions = {}): Uint8Array {
  const { partName = 'name', partNumber = 1, eTag = 'tag', size, unlocated = false } = options;
  return message(
    bytes(1, partName),
    int(2, partNumber),
    bytes(3, eTag),
    unlocated ? undefined : bytes(4, locationList({ containers: [1] })),
    optionalInt(5, size),
  );
}
