import { defineConfig } from 'vitest/config';

/** Tests that `npm run test:long` runs at a larger size (test/lib/stress/size.ts). */
const SIZED = [
  'test/processes/{arming,gate,locks,plans,writers}.test.ts',
  'test/property/settingsEdit.test.ts',
  // on older versions of Claude Code as well, with more settings files and folders
  'test/claude/{agents,install,steer,turns,wakeWithoutProc}.test.ts',
  'test/vscode/hostileFolders.test.ts',
];

/** Windows has no shell that would run the gate: there the cases for Windows run, which are tried by wine elsewhere. */
const PROCESSES =
  process.platform === 'win32' ? 'test/{processes,long}/windows.test.ts' : 'test/processes/**/*.test.ts';

/** What Claude Code makes of what hooks answer: tried on the newest version as well. */
const NEWEST = ['test/claude/{coordination,protocol}.test.ts'];

/** `darwin`: the tests, and the programs that they start by the path of their own Node, see a Mac (test/lib/darwin.cjs). */
const STAND_IN =
  process.env['FERMATA_TEST_MACHINE'] === 'darwin'
    ? ['--require', new URL('./test/lib/darwin.cjs', import.meta.url).pathname]
    : [];

/** One project for each kind of test; those with an editor or a browser run one file at a time, others two. */
const project = (
  name: string,
  include: string[],
  seconds: number,
  serial = false,
  env = {},
  isolate = true,
  setupFiles: string[] = [],
) => ({
  extends: true as const,
  test: {
    name,
    include,
    env,
    isolate,
    setupFiles,
    execArgv: STAND_IN,
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
      // its files share the modules that they import: loading them for each file takes longer than all of the tests
      project('unit', ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'], 60, false, {}, false),
      project('processes', [PROCESSES], 60),
      project('machines', ['test/machines/**/*.test.ts'], 120),
      project('claude', ['test/claude/**/*.test.ts'], 120),
      project('newest', NEWEST, 120, false, { FERMATA_TEST_CLAUDE: 'newest' }),
      project('web', ['test/web/**/*.test.ts'], 60, true),
      project('vscode', ['test/vscode/**/*.test.ts'], 180, true, {}, true, ['test/vscode/failureReport.ts']),
      project('long', ['test/long/**/*.test.ts', ...SIZED], 1800, true, { FERMATA_TEST_SIZE: 'long' }),
    ],
  },
});
