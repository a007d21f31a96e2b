import { isUint8Array } from 'node:util/types';
import type { AbstractSnapshot } from 'abstract-level';
import { StagedReprocessError, throwIfAborted } from '../errors.ts';
import { checkKeys, expected } from '../store/expected.ts';
import { LevelSnapshot } from './level-snapshot.ts';
import type { AnyLevel, LevelSourceTable } from './level-snapshot.ts';
import type { Source } from './source.ts';

/** @public */
export interface KeyPrefix {
  /** Bytes, or text that stands for its UTF-8. */
  readonly prefix: Uint8Array | string;
}

/** @public */
export interface LevelSourceOptions {
  /**
   * Where each table's rows are: in a sublevel of the database, or under a prefix of its keys. Keys are scanned
   * without the prefix.
   */
  readonly tables: Readonly<Record<string, AnyLevel | KeyPrefix>>;
  /**
   * The sequence of the snapshot. Read it through `snapshot`, where the database itself keeps it
   * (`db.get('sequence', { snapshot })`); one that is kept elsewhere must not move while this is called.
   */
  readonly sequence: (snapshot: AbstractSnapshot) => Promise<bigint> | bigint;
  /** See `SourceSnapshot.history`. */
  readonly history?: string;
}

/**
 * Any abstract-level database as a source, through explicit snapshots: the database may change while it is read. It
 * stays open; only the snapshot is closed with `SourceSnapshot.close()`.
 *
 * Throws `REPROCESS_SOURCE_UNSUPPORTED` when the database has no explicit snapshots, and `TypeError` on wrong options;
 * `openSnapshot` rejects with `REPROCESS_SOURCE_FAILED` when the database is not open or the sequence cannot be read.
 *
 * @public
 */
export function levelSource(db: AnyLevel, options: LevelSourceOptions): Source {
  checkKeys(options, ['sequence', 'tables', 'history']);
  if (!db.supports.explicitSnapshots) {
    throw new StagedReprocessError(
      'REPROCESS_SOURCE_UNSUPPORTED',
      'The database does not support explicit snapshots, without which a scan is not of one moment',
    );
  }
  const { tables, sequence, history } = options;
  const givenSequence: unknown = sequence;
  if (typeof givenSequence !== 'function') throw expected('sequence', 'a function', givenSequence);
  const givenTables: unknown = tables;
  if (typeof givenTables !== 'object' || givenTables === null) {
    throw expected('tables', 'an object of sublevels and prefixes', givenTables);
  }
  const givenHistory: unknown = history;
  if (givenHistory !== undefined && typeof givenHistory !== 'string')
    throw expected('history', 'a string', givenHistory);
  const places = new Map(Object.entries(tables).map(([name, table]) => [name, placeOf(db, name, table)]));
  return {
    async openSnapshot({ signal }) {
      throwIfAborted(signal);
      const snapshot = await openSnapshot(db);
      try {
        const at = await readSequence(sequence, snapshot);
        throwIfAborted(signal);
        return new LevelSnapshot(snapshot, at, history, places);
      } catch (error) {
        await snapshot.close();
        throw error;
      }
    },
  };
}

async function readSequence(
  sequence: LevelSourceOptions['sequence'],
  snapshot: AbstractSnapshot,
): Promise<bigint> {
  let given: unknown;
  try {
    given = await sequence(snapshot);
  } catch (error) {
    throw new StagedReprocessError(
      'REPROCESS_SOURCE_FAILED',
      'The sequence of the snapshot could not be read',
      {
        cause: error,
      },
    );
  }
  if (typeof given !== 'bigint') throw expected('sequence()', 'a bigint', given);
  return given;
}

async function openSnapshot(db: AnyLevel): Promise<AbstractSnapshot> {
  try {
    // A database that is closed stays closed: it is the host's. One that is being opened is waited for.
    if (db.status === 'opening') await db.open({ passive: true });
    return db.snapshot();
  } catch (error) {
    throw new StagedReprocessError('REPROCESS_SOURCE_FAILED', 'No snapshot of the database could be opened', {
      cause: error,
    });
  }
}

function placeOf(db: AnyLevel, name: string, table: AnyLevel | KeyPrefix): LevelSourceTable {
  const option = `tables.${name}`;
  const given: unknown = table;
  if (typeof given !== 'object' || given === null) throw expected(option, 'a sublevel or a prefix', given);
  if ('iterator' in table) {
    // A snapshot of one database says nothing about another.
    const root: unknown = 'db' in table ? table.db : table;
    const ownRoot: unknown = 'db' in db ? db.db : db;
    if (root !== ownRoot) throw expected(option, 'a sublevel of the database given', given);
    return { level: table, prefix: new Uint8Array(0) };
  }
  const prefix: unknown = table.prefix;
  if (typeof prefix === 'string') return { level: db, prefix: Buffer.from(prefix, 'utf8') };
  if (isUint8Array(prefix)) return { level: db, prefix: Buffer.from(prefix) };
  throw expected(`${option}.prefix`, 'a string or a Uint8Array', prefix);
}
