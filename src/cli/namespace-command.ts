import type { Command, Invocation, OptionRule } from './command.ts';
import { DATA_DIR_OPTION, JSON_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { jsonText } from './json-text.ts';
import { isPathError, type Entity } from './namespace/entity.ts';
import { Namespace } from './namespace/namespace.ts';
import { liveCopy, readRecon } from './recon-directory.ts';
import type { Terminal } from './terminal.ts';

/** What the three commands that look at a path do differently. */
export interface NamespaceCommand<Answer extends object> {
  readonly name: string;
  readonly summary: string;
  readonly about: string;
  readonly options?: Readonly<Record<string, OptionRule>>;
  /** Checks the options; called before anything is opened. */
  prepare?(invocation: Invocation): void;
  answer(namespace: Namespace, entity: Entity, invocation: Invocation): Promise<Answer>;
  /** The answer as Recon's REST endpoint gives it. */
  json(answer: Answer, path: string): object;
  print(answer: Answer, terminal: Terminal, invocation: Invocation): Promise<void>;
}

/** A command `recon NAME PATH --data-dir DIR`. */
export function namespaceCommand<Answer extends object>(own: NamespaceCommand<Answer>): Command {
  return {
    name: `recon ${own.name}`,
    summary: own.summary,
    about: own.about,
    positionals: [
      { name: 'PATH', describe: '/, /volume, /volume/bucket, or a directory or key below; ofs://host/… too' },
    ],
    options: { 'data-dir': DATA_DIR_OPTION, ...own.options, json: JSON_OPTION },
    run: async (invocation) => {
      const { given, terminal, signal } = invocation;
      const path = given.positional(0);
      own.prepare?.(invocation);
      try {
        const answer = await readRecon(
          given.required('data-dir'),
          async ({ lease, mirror, filesystemPaths }) => {
            const snapshot = await liveCopy(mirror, given.required('data-dir')).openSnapshot();
            try {
              const rows = lease.store('namespace').table('namespaceSummaryTable');
              const bytes = {
                getMany: (keys: readonly Uint8Array[]) => rows.getMany(keys.map((key) => Buffer.from(key))),
              };
              const namespace = new Namespace({ rows: bytes, snapshot, filesystemPaths, signal });
              return await own.answer(namespace, await namespace.resolve(path), invocation);
            } finally {
              await snapshot.close();
            }
          },
        );
        if (given.flag('json')) await terminal.out.line(jsonText(own.json(answer, path), 2));
        else await own.print(answer, terminal, invocation);
        return EXIT.ok;
      } catch (error) {
        if (!isPathError(error)) throw error;
        if (given.flag('json')) await terminal.out.line(jsonText({ path, status: error.status }, 2));
        await terminal.err.line(`${terminal.err.red('staged-reprocessor:')} ${error.message}`);
        return EXIT.failed;
      }
    },
  };
}
