/** Why this version of Node will not do; `undefined` when it will. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = (major === 22 && minor >= 18) || (major === 24 && minor >= 11) || major > 24;
  return fits ? undefined : `it needs Node 22.18 (and 22.x), or 24.11 or newer; this is Node ${version}`;
}
