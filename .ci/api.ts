/**
 * One API report for each entry, in docs/api-reports/. With `--write` the reports are written; without, a report that
 * differs from the sources fails. The reports are made from declarations that tsc emits, not from dist: there the
 * shared types lie in chunks whose names change.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  ExtractorMessageCategory,
  type ExtractorMessage,
} from '@microsoft/api-extractor';
import ts from 'typescript';
import { entries, root, type Entry } from './entries.ts';

const write = process.argv.includes('--write');
const emitted = resolve(root, 'temp/api');
const configFile = resolve(root, 'api-extractor.json');

function emitDeclarations(): void {
  rmSync(emitted, { recursive: true, force: true });
  mkdirSync(emitted, { recursive: true });
  const project = resolve(emitted, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: '../..',
    outDir: '.',
  };
  writeFileSync(
    project,
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['../../src'] }),
  );
  execFileSync(process.execPath, [resolve(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    stdio: 'inherit',
  });
}

/** The entry '.' exports what all entries share, so that a name of '.' need not be exported a second time. */
function report(entry: Entry, sharedNames: ReadonlySet<string>): boolean {
  const raw = ExtractorConfig.loadFile(configFile);
  const apiReport = { enabled: true, ...raw.apiReport, reportFileName: `${entry.name}.api.md` };
  const config = ExtractorConfig.prepare({
    configObject: {
      ...raw,
      projectFolder: root,
      mainEntryPointFilePath: resolve(emitted, entry.source.replace(/\.ts$/u, '.d.ts')),
      apiReport,
    },
    configObjectFullPath: configFile,
    packageJsonFullPath: resolve(root, 'package.json'),
  });
  mkdirSync(config.reportFolder, { recursive: true });
  const result = Extractor.invoke(config, {
    localBuild: write,
    messageCallback: (message: ExtractorMessage) => {
      // Its own progress notes, and "a new report was created", are not findings about the API.
      if (message.category === ExtractorMessageCategory.Console) message.logLevel = ExtractorLogLevel.None;
      if (message.messageId !== 'ae-forgotten-export') return;
      const name = /symbol "(?<name>[^"]+)"/u.exec(message.text)?.groups?.['name'] ?? '';
      message.logLevel = sharedNames.has(name) ? ExtractorLogLevel.None : ExtractorLogLevel.Error;
    },
  });
  const state = result.apiReportChanged ? (write ? 'written' : 'differs: run `npm run api`') : 'as recorded';
  console.log(`${entry.name}: ${result.errorCount} errors, ${result.warningCount} warnings, report ${state}`);
  return result.errorCount + result.warningCount === 0 && (write || !result.apiReportChanged);
}

/** The names that an entry's explicit list exports. */
function exportedNames(source: string): ReadonlySet<string> {
  const file = ts.createSourceFile(
    source,
    readFileSync(resolve(root, source), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  return new Set(
    file.statements
      .filter(ts.isExportDeclaration)
      .flatMap(({ exportClause }) =>
        exportClause !== undefined && ts.isNamedExports(exportClause) ? [...exportClause.elements] : [],
      )
      .map(({ name }) => name.text),
  );
}

emitDeclarations();
const imported = entries().filter((entry) => entry.imported);
const ofIndex = exportedNames('src/index.ts');
const clean = imported.map((entry) => report(entry, entry.name === 'index' ? new Set() : ofIndex));
process.exitCode = clean.every(Boolean) ? 0 : 1;
