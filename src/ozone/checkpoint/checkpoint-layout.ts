import { invalidArchive } from './archive-errors.ts';

/** Recon's mark of a whole download: the Ozone Manager writes it last. */
const COMPLETE = 'OZONE_RATIS_SNAPSHOT_COMPLETE';
/** In archives of version 2: what is called how, as lines of target, tab, source. */
export const LINK_LIST = 'hardLinkFile';
/** The database in such an archive; others are snapshots of buckets, and are not needed. */
const DATABASE_FOLDER = 'om.db/';

/** Which entries make the checkpoint: name in the checkpoint to name in the archive. */
export type CheckpointLayout = ReadonlyMap<string, string>;

export interface ArchiveContents {
  readonly file: string;
  /** Names of all plain files. */
  readonly names: ReadonlySet<string>;
  /** Text of `hardLinkFile`, when there is one at the root. */
  readonly linkList: string | undefined;
  readonly requireComplete: boolean;
}

/** Finds the checkpoint in an archive: at its root, in its one folder, or by the list of links of version 2. */
export function findCheckpoint(contents: ArchiveContents): CheckpointLayout {
  const { file, names, requireComplete } = contents;
  const folder = names.has('CURRENT') || contents.linkList !== undefined ? '' : loneFolder(names);
  if (requireComplete && !names.has(`${folder}${COMPLETE}`)) {
    throw invalidArchive(file, `it has no ${COMPLETE}, so the download was cut off`);
  }
  const layout =
    contents.linkList === undefined ? flatLayout(names, folder) : linkedLayout(contents, contents.linkList);
  if (!layout.has('CURRENT')) throw invalidArchive(file, 'it holds no checkpoint (no file CURRENT)');
  return layout;
}

/** The folder with its slash, when all files lie in one; else the root. */
function loneFolder(names: ReadonlySet<string>): string {
  let folder: string | undefined;
  for (const name of names) {
    const first = name.slice(0, name.indexOf('/') + 1);
    if (folder !== undefined && folder !== first) return '';
    folder = first;
  }
  return folder ?? '';
}

/** Files that lie deeper belong to other databases. */
function flatLayout(names: ReadonlySet<string>, folder: string): Map<string, string> {
  const layout = new Map<string, string>();
  for (const name of names) {
    const inFolder = name.slice(folder.length);
    if (!inFolder.includes('/')) layout.set(inFolder, name);
  }
  return layout;
}

function linkedLayout({ file, names }: ArchiveContents, list: string): Map<string, string> {
  const layout = new Map<string, string>();
  for (const line of list.split('\n')) {
    if (line === '') continue;
    const [target, source, ...rest] = line.split('\t');
    if (target === undefined || source === undefined || rest.length > 0) {
      throw invalidArchive(file, `${LINK_LIST} has the malformed line ${JSON.stringify(line.slice(0, 200))}`);
    }
    if (!target.startsWith(DATABASE_FOLDER)) continue;
    const name = target.slice(DATABASE_FOLDER.length);
    if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
      throw invalidArchive(
        file,
        `${LINK_LIST} names the impossible file ${JSON.stringify(name.slice(0, 200))}`,
      );
    }
    if (layout.has(name)) throw invalidArchive(file, `${LINK_LIST} names ${name} twice`);
    if (!names.has(source))
      throw invalidArchive(file, `${LINK_LIST} wants ${source} for ${name}, which is missing`);
    layout.set(name, source);
  }
  return layout;
}
