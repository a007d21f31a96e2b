import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const namedExportsOnly = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'Named exports only.',
};
const explicitEntries = {
  selector: 'ExportAllDeclaration',
  message: 'An entry lists its names; a file exports what it defines.',
};
const noRealmChecks = {
  selector: 'BinaryExpression[operator="instanceof"][right.name=/^(Promise|.*Error)$/]',
  message:
    "Node's own errors and promises are not instances of what a Jest sandbox calls Error and Promise: use " +
    '`types.isNativeError` of node:util, a code, or look for `then`.',
};
const noConsole = { name: 'console', message: 'The library is silent: use the logger that was passed in.' };

export default defineConfig(
  globalIgnores(['dist', 'docs', 'coverage', 'temp', 'test/fixtures', 'test/package/consumers']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/require-await': 'off', // async generators, and methods of async contracts
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', namedExportsOnly, explicitEntries, noRealmChecks] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: { 'no-restricted-globals': ['error', noConsole] },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/no-confusing-void-expression': 'off' },
  },
);
