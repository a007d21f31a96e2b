import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const program = join(import.meta.dirname, '../../../src/cli/main.ts');

/** `recon follow` in a process of its own. */
export class Followed {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #requests: string;

  constructor(dataDir: string, om: string, ...flags: readonly string[]) {
    this.#requests = join(dataDir, 'om', 'requests.json');
    const args = ['recon', 'follow', '--om', om, '--data-dir', dataDir, '--poll-ms', '100', ...flags];
    this.#child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
  }

  /** Resolves once it has taken everything up to `sequence`. Looks from outside, as an operator would. */
  async level(sequence: bigint): Promise<void> {
    while (sequenceIn(this.#requests) < sequence) {
      if (this.#child.exitCode !== null) throw new Error(`It has ended:\n${this.lines.join('\n')}`);
      await setTimeout(50);
    }
  }

  /** Ends as Ctrl-C does; resolves with the exit code. */
  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<number | null> {
    this.#child.kill(signal);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}

function sequenceIn(file: string): bigint {
  if (!existsSync(file)) return -1n;
  const { delta } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly delta: { readonly sequence: string };
  };
  return BigInt(delta.sequence);
}
