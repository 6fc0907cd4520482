import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Tests and examples import the package by its name and run its sources.
    alias: { 'cdk8s-mcp': fileURLToPath(new URL('lib/index.ts', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.ts', 'runtime/src/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
