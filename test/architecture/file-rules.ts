import type { ProjectFile } from './source-imports.ts';

export const MAX_LINES = 250;

const banned = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager', 'impl']);

/** Names of code files and of the folders of src/ that are not kebab-case, or that say nothing. */
export function nameFaults(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const names = path.replace(/(?:\.(?:test|test-d|config|d))?\.\w+$/u, '').split('/');
    const judged = path.startsWith('src/') ? names.slice(1) : names.slice(-1);
    return judged.flatMap((name) => {
      if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(name)) return `${path}: ${name} is not kebab-case`;
      const word = name === 'types' ? name : name.split('-').find((part) => banned.has(part));
      return word === undefined ? [] : `${path}: "${word}" says nothing about what is in it`;
    });
  });
}

export function lengthFaults(files: readonly ProjectFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return lines > MAX_LINES ? `${path}: ${lines} lines, at most ${MAX_LINES}` : [];
  });
}

/** Places where a file names what exists on one machine only, or where a package was downloaded from. */
export function placeFaults(
  files: readonly ProjectFile[],
  machinePaths: readonly string[],
): readonly string[] {
  const downloads = /\bregistry\.[\w-]+\.\w+|"resolved"\s*:/u;
  const outside = /(?:\.\.\/)+shared\b/u;
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const place =
        machinePaths.find((machinePath) => line.includes(machinePath)) ??
        downloads.exec(line)?.[0] ??
        outside.exec(line)?.[0];
      return place === undefined ? [] : `${path}:${index + 1}: names ${place}`;
    }),
  );
}
