import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What the real Recon said of one run. */
export interface ReconRun {
  readonly events: number;
  /** Reading the batches, looking up old values, and writing its copy of the database. */
  readonly applyMs: number;
  /** All six tasks, one after another. */
  readonly tasksMs: number;
}

/** A folder with `run.sh`, which generates data sets and runs the real Recon on them: `OZONE_JAVA`. Needs a JDK. */
export class RealRecon {
  readonly #run: string;

  constructor(folder: string) {
    this.#run = join(folder, 'run.sh');
  }

  /** Makes `om0`, a checkpoint, and `deltas.bin`, the write batches after it. */
  async generate(
    directory: string,
    { seed, files, deltas }: Readonly<Record<'seed' | 'files' | 'deltas', number>>,
  ) {
    await this.#execute('generate', directory, '--seed', seed, '--files', files, '--deltas', deltas);
  }

  /** Lets it apply `deltas.bin` on top of its rebuild of `om0`. */
  async applyDeltas(directory: string): Promise<ReconRun> {
    const said = await this.#execute('recon', directory);
    const found =
      /deltas: \d+ write batches, (\d+) events; apply and decode ([\d.]+) s, all six tasks one after another ([\d.]+) s/.exec(
        said,
      );
    if (found === null) throw new Error(`The real Recon did not tell its times:\n${said}`);
    const [, events, apply, tasks] = found;
    return { events: Number(events), applyMs: Number(apply) * 1000, tasksMs: Number(tasks) * 1000 };
  }

  async #execute(...args: readonly (string | number)[]): Promise<string> {
    const { stdout } = await execute(this.#run, args.map(String), { maxBuffer: 1 << 26 });
    return stdout;
  }
}
