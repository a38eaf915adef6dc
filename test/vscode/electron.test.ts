import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

beforeAll(ensureRuntimes);
afterAll(removeTempDirs);

/** Runs `npm run test:electron` without its build, with these variables in its environment. */
function electron(env: Record<string, string>) {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...inherited } = process.env;
  const program = join(repoRoot, 'test', 'vscode', 'electron.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env: { ...inherited, ...env } });
  return { status, output: `${stdout.toString()}${stderr.toString()}` };
}

/** A stand-in for a desktop editor: it writes its arguments into a file, and exits with `code`. */
function standIn(code: number): { path: string; argsFile: string } {
  const dir = tempDir();
  const [path, argsFile] = [join(dir, 'code'), join(dir, 'args.txt')];
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" >'${argsFile}'\necho 'RESULT {"passed":6,"failed":${code}}' >"$FERMATA_TEST_OUT"\nexit ${code}\n`,
    { mode: 0o755 },
  );
  return { path, argsFile };
}

test.skipIf(process.platform !== 'linux')('without a display it reports that, and that nothing was tested', () => {
  const { status, output } = electron({});
  expect(status).toBe(2);
  expect(output).toContain('there is no display');
  expect(output).toContain('Nothing was tested');
});

test('a missing editor is named', () => {
  const { status, output } = electron({ DISPLAY: ':99', VSCODE_PATH: '/nowhere/code' });
  expect(status).toBe(2);
  expect(output).toContain('VSCODE_PATH names /nowhere/code');
});

test('an editor is started on the extension and the host tests, and its report and exit code are passed on', () => {
  const good = standIn(0);
  const { status, output } = electron({ DISPLAY: ':99', VSCODE_PATH: good.path });
  expect(output).toContain('RESULT {"passed":6,"failed":0}');
  expect(status).toBe(0);
  const args = readFileSync(good.argsFile, 'utf8').split('\n');
  expect(args).toContain(`--extensionDevelopmentPath=${repoRoot}`);
  expect(args).toContain(`--extensionTestsPath=${join(repoRoot, 'test', 'vscode', 'host', 'index.cjs')}`);
  expect(electron({ DISPLAY: ':99', VSCODE_PATH: standIn(1).path }).status).toBe(1);
});
