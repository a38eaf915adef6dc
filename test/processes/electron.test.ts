import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { findNode } from '#core/install/findNode.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { writeApprovedRules } from '#test/lib/approvedRules.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { electronStandIn } from '#test/lib/electronStandIn.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const session = 'electron-session';
let root: string;
let home: string;
let project: string;

beforeEach(() => {
  root = tempDir();
  home = join(root, 'home');
  project = join(root, 'project');
  mkdirSync(project);
  const nodePath = electronStandIn(join(root, 'editor'));
  const result = installRuntime({ home, distDir: join(repoRoot, 'dist'), nodePath, electron: true, version: '1' });
  if (!result.ok) throw new Error(result.message);
});

/** No Node on PATH, as on many machines with the native Claude Code. */
const env = (extra: Record<string, string> = {}): Record<string, string> =>
  cleanEnv(root, { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--require /gone.cjs', ...extra });

const hook = (event: string, more: object) =>
  runGate(
    home,
    [event],
    { session_id: session, hook_event_name: event, cwd: project, ...more },
    { cwd: project, env: env({ CLAUDE_CODE_SESSION_ID: session, CLAUDE_PROJECT_DIR: project }) },
  );

function run(
  program: string,
  args: string[],
  extra: Record<string, string> = {},
): Promise<{ out: string; code: number }> {
  return new Promise((resolve) => {
    execFile(program, args, { env: env(extra), cwd: project }, (error, out, err) =>
      resolve({ out: out + err, code: error === null ? 0 : Number(error.code) }),
    );
  });
}

test('the stand-in is an editor: it refuses to be Node without ELECTRON_RUN_AS_NODE', async () => {
  const editor = electronStandIn(join(root, 'editor'));
  expect(await run(editor, ['-p', '1'])).toEqual({ code: 77, out: 'a window opens\n' });
  const plain = { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' };
  expect(await run(editor, ['-p', 'process.execPath + process.versions.electron'], plain)).toEqual({
    code: 0,
    out: `${editor}37.0.0\n`,
  });
});

test('it is found when it is the setting, and identified as Electron', async () => {
  const editor = electronStandIn(join(root, 'editor'));
  expect(await findNode(editor, env())).toMatchObject({ path: editor, electron: true, from: 'setting' });
});

test('hooks, the command and a worker run with nothing but the editor’s own program', async () => {
  expect(await hook('SessionStart', { source: 'startup' })).toEqual({ code: 0, stdout: '', stderr: '' });
  const dir = sessionDir(home, session);
  expect(readFileSync(join(dir, 'events.jsonl'), 'utf8')).toContain('"t":"session"');

  const { cli, bin } = homePaths(home);
  const workerEnv = { FERMATA_SESSION_DIR: dir, FERMATA_WORKER: 'helper' };
  expect(await run(cli, ['inform', 'hello from outside'], workerEnv)).toMatchObject({ code: 0 });
  expect(
    await run(
      join(bin, 'claude-code-hook'),
      ['--event', 'PostToolUse', '--exit-code', '0', '--stderr', 'and again'],
      workerEnv,
    ),
  ).toMatchObject({ code: 0 });
  const { stdout } = await hook('PostToolUse', { tool_name: 'Read', tool_input: {} });
  expect(stdout).toContain('hello from outside');
  expect(stdout).toContain('and again');

  // a program that `fermata` starts must not run as the editor's Node
  expect(await run(cli, ['with-lock', 'db', '--', 'sh', '-c', 'echo "[${ELECTRON_RUN_AS_NODE-}]"'], workerEnv)).toEqual(
    {
      code: 0,
      out: '[]\n',
    },
  );

  const worker = { run: ['sh', '-c', 'echo "[${ELECTRON_RUN_AS_NODE-}]" && fermata progress 50'] };
  writeApprovedRules(home, project, { version: 1, rules: [{ name: 'one', prompt: 'go', workers: [worker] }] });
  expect(await hook('UserPromptSubmit', { prompt: 'go' })).toMatchObject({ code: 0, stderr: '' });
  await waitFor(() => stateOf(dir).workers.get('W1')?.state === 'done', { describe: 'the worker', timeoutMs: 90_000 });
  expect(readFileSync(join(dir, 'workers', 'W1', 'stdout.log'), 'utf8')).toContain('[]\n');
  expect(readFileSync(join(dir, 'events.jsonl'), 'utf8')).toContain('"pct":50');
});
