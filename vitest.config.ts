import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // What the examples import is the source, not what was built last.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks', // native addons
    // One core is left to others by default, which on a small machine is half of it.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Ends what hangs; no test may depend on how fast the machine is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Type tests compile the whole project: `npm test` asks for them with --typecheck, a run of one folder does not.
    typecheck: { include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text', 'json-summary'] },
  },
});
