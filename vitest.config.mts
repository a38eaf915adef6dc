import { defineConfig } from 'vitest/config';

/** Tests that `npm run test:long` runs at a larger size (test/lib/stress/size.ts), or with other seeds. */
const SIZED = [
  'test/processes/{arming,gate,gitLarge,hostileHome,locks,mergeProperty,orchestras,plans,sweptHistories,sweptStash,writers}.test.ts',
  'test/machines/badMembers.test.ts',
  'test/property/**/*.test.ts',
  'test/simulation/{gate,simulation,variants}.test.ts',
  // on older versions of Claude Code as well, with more settings files and folders
  'test/claude/{agents,install,steer,turns,wakeWithoutProc}.test.ts',
  'test/vscode/hostileFolders.test.ts',
  'test/fuzz/*.test.ts',
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

interface Kind {
  name: string;
  include: string[];
  /** How long a test of it may take, on a machine that is busy with others. */
  seconds: number;
  /** How many of its files run at once: two, unless it leaves the processors idle or needs them alone. */
  workers?: number;
  env?: Record<string, string>;
  isolate?: boolean;
  setupFiles?: string[];
  globalSetup?: string[];
}

/** Where properties are. */
const FIXED_SEED = ['test/lib/stress/fixedSeed.ts'];

/** One project for each kind of test. */
const project = ({ name, include, seconds, workers = 2, env = {}, ...more }: Kind) => ({
  extends: true as const,
  test: {
    ...more,
    name,
    include,
    env,
    execArgv: STAND_IN,
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    fileParallelism: workers > 1,
    maxWorkers: workers,
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
    // vitest's own second is too short for a busy machine
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // its files share the modules that they import: loading them for each file takes longer than all of the tests
      project({
        name: 'unit',
        include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
        seconds: 120,
        isolate: false,
        setupFiles: FIXED_SEED,
      }),
      // it has two processes of its own
      project({
        name: 'simulation',
        include: ['test/simulation/**/*.test.ts'],
        seconds: 240,
        workers: 1,
        setupFiles: FIXED_SEED,
      }),
      // one after the other: what is tried in a second is less where others are at work
      project({ name: 'fuzz', include: ['test/fuzz/*.test.ts'], seconds: 300, workers: 1 }),
      project({ name: 'processes', include: [PROCESSES], seconds: 360 }),
      // they wait for servers and networks most of the time
      project({ name: 'machines', include: ['test/machines/**/*.test.ts'], seconds: 360, workers: 4 }),
      project({ name: 'claude', include: ['test/claude/**/*.test.ts'], seconds: 480 }),
      project({ name: 'newest', include: NEWEST, seconds: 480, env: { FERMATA_TEST_CLAUDE: 'newest' } }),
      project({ name: 'web', include: ['test/web/**/*.test.ts'], seconds: 120 }),
      project({
        name: 'vscode',
        include: ['test/vscode/**/*.test.ts'],
        seconds: 240,
        setupFiles: ['test/vscode/failureReport.ts'],
        globalSetup: ['test/vscode/packaged.ts'],
      }),
      project({
        name: 'long',
        include: ['test/long/**/*.test.ts', ...SIZED],
        seconds: 1800,
        workers: 1,
        env: { FERMATA_TEST_SIZE: 'long' },
      }),
    ],
  },
});
