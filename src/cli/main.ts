#!/usr/bin/env node
import { nodeProblem } from './node-version.ts';

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now: an older Node may fail on what the rest imports before it could say why.
  const { runCommandLine } = await import('./run-command-line.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
} else {
  process.stderr.write(`staged-reprocessor: ${problem}\n`);
  process.exitCode = 1;
}
