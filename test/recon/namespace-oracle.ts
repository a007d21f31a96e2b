import { encodeNSSummary, fileSizeBin, fileSizeUpperBound } from '../../src/recon/index.ts';
import { EC, type EcConfig, RATIS, LEGACY } from '../ozone/protobuf/ozone-records.ts';

/** A namespace as plain objects, and what must come out of it, computed in the most obvious way. */
export interface Namespace {
  readonly filesystemPaths: boolean;
  readonly buckets: readonly { readonly name: string; readonly id: bigint; readonly layout: number }[];
  readonly directories: readonly { readonly parent: bigint; readonly name: string; readonly id: bigint }[];
  readonly files: readonly (Entry & { readonly parent: bigint })[];
  readonly keys: readonly (Entry & { readonly bucket: string; readonly id: bigint })[];
}

export interface Entry {
  readonly name: string;
  readonly size: bigint;
  readonly type: number;
  readonly factor: number;
  readonly ec: EcConfig;
  readonly containers: readonly number[];
}

interface Summary {
  files: number;
  size: bigint;
  replicated: bigint;
  bins: number[];
  children: bigint[];
  name: string;
  parent: bigint;
}

export interface Expected {
  /** Hex key → hex value of `namespaceSummaryTable`. */
  readonly summaries: Map<string, string>;
  readonly fileCounts: Record<string, bigint>;
  readonly containerKeys: readonly string[];
  readonly containerCounts: Record<string, bigint>;
  readonly quarantined: number;
  readonly orphans: number;
}

export function expectedOf(namespace: Namespace): Expected {
  const rows = new Map<bigint, Summary>();
  const row = (id: bigint): Summary => {
    const known = rows.get(id) ?? {
      files: 0,
      size: 0n,
      replicated: 0n,
      bins: Array<number>(41).fill(0),
      children: [],
      name: '',
      parent: 0n,
    };
    rows.set(id, known);
    return known;
  };

  const taken = new Set(namespace.buckets.map(({ id }) => id));
  const directories = new Map<bigint, { name: string; parent: bigint }>();
  let quarantined = 0;
  const claim = (id: bigint, name: string, parent: bigint): boolean => {
    if (taken.has(id)) {
      quarantined++;
      return false;
    }
    taken.add(id);
    directories.set(id, { name, parent });
    return true;
  };
  const inKeyOrder = namespace.directories.toSorted((a, b) => compareText(directoryKey(a), directoryKey(b)));
  for (const { id, name, parent } of inKeyOrder) claim(id, name, parent);

  const placed: { parent: bigint; entry: Entry }[] = namespace.files.map((file) => ({
    parent: file.parent,
    entry: file,
  }));
  let orphans = 0;
  const markers = new Map<string, bigint>();
  for (const key of namespace.keys.toSorted((a, b) => compareText(keyPath(a), keyPath(b)))) {
    const bucket = namespace.buckets.find(({ name }) => name === key.bucket);
    if (bucket === undefined) {
      quarantined++;
      continue;
    }
    let parent = bucket.id;
    const asDirectory = namespace.filesystemPaths && bucket.layout === LEGACY;
    const above = key.name.replace(/\/+$/u, '').split('/').slice(0, -1);
    if (asDirectory && above.length > 0) {
      const marker = markers.get(`${key.bucket}/${above.join('/')}/`);
      if (marker === undefined) orphans++;
      else parent = marker;
    }
    if (asDirectory && key.name.endsWith('/')) {
      if (claim(key.id, key.name.slice(0, -1), parent)) markers.set(keyPath(key), key.id);
    } else {
      placed.push({ parent, entry: key });
    }
  }

  for (const id of cyclic(directories)) {
    directories.delete(id);
    quarantined++;
  }
  for (const [id, { name, parent }] of directories) {
    Object.assign(row(id), { name, parent });
    row(parent).children.push(id);
  }
  for (const { parent, entry } of placed) {
    const bin = fileSizeBin(entry.size);
    row(parent).bins[bin] = (row(parent).bins[bin] ?? 0) + 1;
    for (let id = parent; ; id = directories.get(id)?.parent ?? 0n) {
      row(id).files += 1;
      row(id).size += entry.size;
      row(id).replicated += replicated(entry);
      if ((directories.get(id)?.parent ?? 0n) === 0n) break;
    }
  }
  return { ...expectedLists(namespace), summaries: encoded(rows), quarantined, orphans };
}

function encoded(rows: Map<bigint, Summary>): Map<string, string> {
  return new Map(
    [...rows].map(([id, { files, size, replicated: all, bins, children, name, parent }]) => [
      BigInt.asUintN(64, id).toString(16).padStart(16, '0'),
      Buffer.from(
        encodeNSSummary({
          numOfFiles: files,
          sizeOfFiles: BigInt.asIntN(64, size),
          replicatedSizeOfFiles: BigInt.asIntN(64, all),
          fileSizeBucket: bins,
          childDir: children,
          dirName: name,
          parentId: parent,
        }),
      ).toString('hex'),
    ]),
  );
}

function expectedLists(
  namespace: Namespace,
): Pick<Expected, 'fileCounts' | 'containerKeys' | 'containerCounts'> {
  const fileCounts: Record<string, bigint> = {};
  const containerKeys = new Set<string>();
  const containerCounts: Record<string, bigint> = {};
  const add = (bucket: string, rowKey: string, { size, containers }: Entry): void => {
    const name = `v/${bucket}/${String(fileSizeUpperBound(size))}`;
    fileCounts[name] = (fileCounts[name] ?? 0n) + 1n;
    for (const container of new Set(containers)) {
      containerKeys.add(`${rowKey}@0 in ${container}`);
      containerCounts[container] = (containerCounts[container] ?? 0n) + 1n;
    }
  };
  for (const file of namespace.files) add('fso', fileKey(file), file);
  for (const key of namespace.keys) add(key.bucket, `/v/${keyPath(key)}`, key);
  return { fileCounts, containerKeys: [...containerKeys].toSorted(), containerCounts };
}

/** Directories that are their own ancestors. */
function cyclic(directories: Map<bigint, { parent: bigint }>): bigint[] {
  return [...directories.keys()].filter((id) => {
    let at = directories.get(id)?.parent ?? 0n;
    for (let steps = 0; steps <= directories.size && at !== 0n; steps++) {
      if (at === id) return true;
      at = directories.get(at)?.parent ?? 0n;
    }
    return false;
  });
}

function replicated({ size, type, factor, ec: { data, parity, chunk } }: Entry): bigint {
  if (type === RATIS) return size * BigInt(factor);
  if (type !== EC) return size;
  const stripe = BigInt(data) * BigInt(chunk);
  const rest = size % stripe;
  const partial = rest < BigInt(chunk) ? rest : BigInt(chunk);
  return size + ((size / stripe) * BigInt(chunk) + partial) * BigInt(parity);
}

export function fileKey({ parent, name }: { parent: bigint; name: string }): string {
  return `/1/2/${String(parent)}/${name}`;
}

export function directoryKey(directory: { parent: bigint; name: string }): string {
  return fileKey(directory);
}

export function keyPath({ bucket, name }: { bucket: string; name: string }): string {
  return `${bucket}/${name}`;
}

function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
