import { execFile, execFileSync } from 'node:child_process';
import { cpSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { holderOf } from '#core/base/processClaim.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { MergePair } from '#protocol/state.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let stage: HookStage;
let other: string;

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: folder,
    stdio: 'pipe',
  }).toString();

function change(folder: string, text: string): void {
  writeFileSync(join(folder, 'cart.ts'), text);
  git(folder, 'commit', '-qam', 'more');
}

beforeEach(async () => {
  stage = new HookStage({ 'hold.seconds': 0 });
  const { project, root, home, dir, session } = stage;
  cpSync(join(repoRoot, 'dist/hooks/gitWatch.cjs'), join(home, 'hooks', 'gitWatch.cjs'));
  git(project, 'init', '-q', '-b', 'main');
  writeFileSync(join(project, 'cart.ts'), 'one');
  git(project, 'add', '-A');
  git(project, 'commit', '-qm', 'one');
  other = join(realpathSync(root), 'other');
  git(project, 'worktree', 'add', '-q', '-b', 'topic', other);
  change(project, 'main');
  change(other, 'topic');
  await stage.start();
  const { pid } = process;
  const info = { session, project, pid, startTime: startTimeOf(pid), host: hostIdentity(), started: Date.now() };
  writeSessionInfo(dir, info);
});

const watchProcess = () => holderOf(join(stage.home, 'git-watch', 'run'));

/** Ends the watch that a hook or a command has started. */
async function endWatch(): Promise<void> {
  const watch = watchProcess();
  if (watch === undefined) return;
  process.kill(watch.pid, 'SIGTERM');
  await waitFor(() => watchProcess() === undefined, { describe: 'the end of the watch', timeoutMs: 100_000 });
}

afterEach(async () => {
  await endWatch();
  removeTempDirs();
});

const pair = (): MergePair | undefined => [...stage.state.merges.values()][0];
const known = (answer: string): Promise<unknown> =>
  waitFor(() => pair()?.answer === answer, { describe: answer, timeoutMs: 90_000 });

/** Why a merge is refused; undefined where it is not. */
async function refused(): Promise<string | undefined> {
  const call = { tool_name: 'Bash', tool_use_id: 'm', tool_input: { command: 'git merge topic' } };
  const { hookSpecificOutput: output } = (await stage.answer('PreToolUse', call)) as {
    hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string };
  };
  return output?.permissionDecision === 'deny' ? output.permissionDecisionReason : undefined;
}

test('a merge is refused while the branches would conflict, and no answer for an earlier commit counts', async () => {
  const match = { tool: 'Bash', command: 'git merge*' };
  const until = 'mergeable:main+topic';
  stage.publish({ t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'no', match, until });
  expect(await refused()).toContain('is not looked at yet');
  // the hook has started the watch
  await known('conflict');
  expect(await refused()).toContain('main and topic would conflict in cart.ts');
  change(other, 'one');
  git(other, 'reset', '-q', '--hard', 'main');
  await known('clean');
  expect(await refused()).toBeUndefined();
  await endWatch();
  change(stage.project, 'main again');
  change(other, 'topic again');
  expect(await refused()).toContain('a commit has come since');
  await known('conflict');
  expect(await refused()).toContain('would conflict in cart.ts');
  expect(stage.errorLog).toBe('');
});

test('fermata wait returns once the two would merge, and says what is known when its time is over', async () => {
  stage.publish({ t: 'watch', worker: 'W1', until: 'mergeable:main+topic' });
  const run = promisify(execFile);
  const wait = (timeout: string) =>
    run(process.execPath, [cliProgram, 'wait', 'mergeable:main+topic', '--timeout', timeout], {
      cwd: stage.project,
      env: { ...stage.env, FERMATA_SESSION_DIR: stage.dir, FERMATA_HOME: stage.home },
    });
  const early = await wait('1s').catch((error: { code?: number; stderr?: string }) => error);
  expect(early).toMatchObject({ code: 4 });
  await known('conflict');
  const late = await wait('1s').catch((error: { code?: number; stderr?: string }) => error);
  expect(late.stderr).toContain('main and topic would conflict in cart.ts');
  const waiting = wait('90s');
  git(other, 'reset', '-q', '--hard', 'main');
  expect((await waiting).stdout).toContain('mergeable:main+topic holds');
});
