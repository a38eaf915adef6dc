import { spawn, spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeOf } from '#test/lib/darwin.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

// The project's own suites where the system is another one, each in a run of its own.

afterAll(removeTempDirs);
const ESBUILD = join(repoRoot, 'node_modules', '@esbuild', `linux-${process.arch}`, 'bin', 'esbuild');

/** The hooks, and what they work with: clients, the runner, the command line. */
const SUITES = [
  'clients',
  'delivery',
  'failClosed',
  'faults',
  'gate',
  'hook',
  'join',
  'letRun',
  'oddHomes',
  'refusingEntry',
  'runner',
  'sharedEntries',
  'stop',
  'time',
  'wayOut',
];
const suites = (names: string[]): string[] => names.map((name) => `test/processes/${name}.test.ts`);

/** Each look at the processes starts a `ps` on a Mac. */
const PATIENCE = ['--testTimeout=300000', '--hookTimeout=300000'];

/** Runs vitest, below `before`; resolves with what it printed at its end, empty if all is well. */
function failures(args: string[], env: NodeJS.ProcessEnv, before: string[] = []): Promise<string> {
  const [program = '', ...rest] = [...before, 'npx', 'vitest', 'run', '--reporter=dot', ...PATIENCE, ...args];
  const child = spawn(program, rest, { cwd: repoRoot, env: { ...process.env, VITEST: undefined, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve(code === 0 ? '' : text.slice(-8000))));
}

/** A Mac, as test/lib/darwin.cjs plays it, for the tests and for what they start by the path of their own Node. */
const mac = (): NodeJS.ProcessEnv => ({
  FERMATA_TEST_MACHINE: 'darwin',
  FAKE_NODE: nodeOf('darwin', tempDir()),
  ESBUILD_BINARY_PATH: ESBUILD,
});

/** Tests that cannot run there: they read the sources with a compiler that is of the system they run on. */
const OF_THE_COMPILER = ['test/unit/extension/texts.test.ts', 'test/unit/repository/protocolDocs.test.ts'];

test('the unit tests pass on a Mac', async () => {
  const excluded = OF_THE_COMPILER.flatMap((file) => ['--exclude', file]);
  expect(await failures(['--project', 'unit', ...excluded], mac())).toBe('');
});

test('the hooks, the runner and the command line do on a Mac what they do here', async () => {
  expect(await failures(['--project', 'processes', ...suites(SUITES)], mac())).toBe('');
});

/** Puts the `sh` of busybox in the place of /bin/sh, in a mount namespace of one's own, which only root may make. */
function withBusybox(): [string, ...string[]] {
  const folder = tempDir();
  symlinkSync('busybox', join(folder, 'sh'));
  const script =
    'mount -t overlay overlay -o "lowerdir=$0:/usr/bin" /usr/bin && [ "$(readlink /bin/sh)" = busybox ] && exec "$@"';
  return ['unshare', '-m', 'sh', '-c', script, folder];
}

test('the hooks do the same where /bin/sh is busybox', async (context) => {
  const before = withBusybox();
  const [program, ...args] = [...before, 'true'] as const;
  if (spawnSync(program, args).status !== 0) return context.skip('busybox cannot take the place of sh here');
  expect(await failures(['--project', 'processes', ...suites(SUITES)], {}, before)).toBe('');
});
