import { defineConfig } from 'vitest/config';

/** Tests of real processes that `npm run test:long` runs at a larger size (test/lib/stress/size.ts). */
const SIZED = ['test/processes/{arming,locks,plans,writers}.test.ts'];

/** One project for each kind of test; those with real processes, editors or the CLI run one file at a time. */
const project = (name: string, include: string[], seconds: number, serial = false, env = {}) => ({
  extends: true as const,
  test: {
    name,
    include,
    env,
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    fileParallelism: !serial,
    maxWorkers: serial ? 1 : 2,
  },
});

export default defineConfig({
  resolve: {
    alias: {
      'jsonc-parser': new URL('./node_modules/jsonc-parser/lib/esm/main.js', import.meta.url).pathname,
      vscode: new URL('./test/lib/vscode.ts', import.meta.url).pathname,
    },
  },
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'], 60),
      project('processes', ['test/processes/**/*.test.ts'], 60),
      project('claude', ['test/claude/**/*.test.ts'], 120, true),
      project('web', ['test/web/**/*.test.ts'], 60, true),
      project('vscode', ['test/vscode/**/*.test.ts'], 180, true),
      project('long', ['test/long/**/*.test.ts', ...SIZED], 1800, true, { FERMATA_TEST_SIZE: 'long' }),
    ],
  },
});
