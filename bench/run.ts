/** `npm run bench -- [suite …] [--rounds n] [--slice ms] [--seed n] [--directory path] [--out folder]` */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deltaSuite } from './deltas/delta-suite.ts';
import { reconDeltaSuite } from './recon-deltas/recon-delta-suite.ts';
import { machineFacts } from './measure/facts.ts';
import type { ResultFile, Suite } from './measure/suite.ts';

const SUITES: ReadonlyMap<string, Suite> = new Map([
  ['deltas', deltaSuite],
  ['recon-deltas', reconDeltaSuite],
]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    slice: { type: 'string', default: '250' },
    seed: { type: 'string', default: '1' },
    directory: { type: 'string', default: tmpdir() },
    out: { type: 'string', default: join(import.meta.dirname, 'results') },
  },
});

const options = {
  rounds: countOf('rounds', values.rounds),
  sliceMs: countOf('slice', values.slice),
  seed: countOf('seed', values.seed),
};
for (const name of positionals.length === 0 ? SUITES.keys() : positionals) await run(name);

async function run(name: string): Promise<void> {
  const suite = SUITES.get(name);
  if (suite === undefined)
    throw new TypeError(`Expected a suite of ${[...SUITES.keys()].join(', ')}, got ${name}`);
  const directory = await mkdtemp(join(values.directory, 'sr-bench-'));
  try {
    const startedAt = new Date().toISOString();
    const facts = machineFacts(directory);
    const { measurements, ratios, text } = await suite({
      ...options,
      directory,
      tell: (line) => process.stderr.write(`${name}: ${line}\n`),
    });
    const file: ResultFile = {
      format: 1,
      suite: name,
      startedAt,
      options,
      facts: facts(),
      ratios,
      measurements,
    };
    const lines = Object.entries(file.facts).map(([fact, value]) => `- ${fact}: ${JSON.stringify(value)}`);
    process.stdout.write(`## ${name}\n\n${lines.join('\n')}\n\n${text}\n`);
    await mkdir(values.out, { recursive: true });
    await writeFile(join(values.out, `${name}.json`), `${JSON.stringify(file, undefined, 2)}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new TypeError(`Expected \`--${option}\` to be an integer above 0, got ${text}`);
}
