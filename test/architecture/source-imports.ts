import { posix } from 'node:path';
import ts from 'typescript';

/** A file of the project; `path` counts from the root and has forward slashes. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

export interface SourceImport {
  readonly from: string;
  /** A path from the root for the project's own files, otherwise the module's name. */
  readonly to: string;
  readonly line: number;
  /** `import type`, which leaves nothing in the built file. */
  readonly typeOnly: boolean;
}

const isTypeOnly = (node: ts.Node): boolean =>
  (ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) ||
  (ts.isExportDeclaration(node) && node.isTypeOnly) ||
  ts.isImportTypeNode(node);

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  return undefined;
}

/** Everything that a TypeScript file imports or re-exports, also by `import()` of a literal name. */
export function importsOf(file: ProjectFile): readonly SourceImport[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest);
  const found: SourceImport[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteral(specifier)) {
      const { text } = specifier;
      found.push({
        from: file.path,
        to: text.startsWith('.') ? posix.join(posix.dirname(file.path), text) : text,
        line: source.getLineAndCharacterOfPosition(specifier.getStart(source)).line + 1,
        typeOnly: isTypeOnly(node),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
