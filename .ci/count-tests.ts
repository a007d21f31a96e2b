/**
 * Prints "PASSED FAILED" of a vitest JSON report, and on the standard error what failed, each with the first lines of why. A file
 * that failed outside its tests counts as one failed test.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

const LINES = 12;
const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report;
let broken = 0;
for (const { name, status, message, assertionResults } of report.testResults) {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((result) => result.status === 'failed');
  for (const { fullName, failureMessages } of failed)
    tell(`${file}: ${fullName}`, failureMessages?.join('\n') ?? '');
  if (status !== 'failed' || failed.length > 0) continue;
  broken += 1;
  tell(file, message);
}
console.log(`${report.numPassedTests} ${report.numFailedTests + broken}`);

function tell(what: string, why: string): void {
  const lines = why.split('\n').slice(0, LINES);
  console.error([`FAILED ${what}`, ...lines.map((line) => `    ${line}`)].join('\n'));
}
