import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: HookStage;
let calls = 0;

beforeEach(async () => {
  stage = new HookStage({ 'hold.seconds': 0 });
  await stage.start();
  stage.publish({ t: 'hook', worker: 'user', event: 'Stop', exit: 2, message: 'no proof', until: 'proven:npm test' });
});

const git = (...args: string[]): void =>
  void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: stage.project,
    stdio: 'ignore',
  });

function repository(): void {
  git('init', '-q');
  write('src/a.ts', 'a');
  write('README.md', 'a');
  write('.gitignore', 'out/\n');
  git('add', '.');
  git('commit', '-qm', 'first');
}

function write(path: string, text: string): void {
  mkdirSync(join(stage.project, path, '..'), { recursive: true });
  writeFileSync(join(stage.project, path), text);
}

/** A call of Bash that has ended, as Claude Code reports it. */
async function ran(command: string, response: object = {}): Promise<void> {
  const call = { tool_name: 'Bash', tool_use_id: `call-${++calls}`, tool_input: { command }, duration_ms: 5 };
  await stage.answer('PostToolUse', {
    ...call,
    tool_response: { stdout: '', stderr: '', interrupted: false, ...response },
  });
}

async function failed(command: string): Promise<void> {
  const call = { tool_name: 'Bash', tool_use_id: `call-${++calls}`, tool_input: { command }, duration_ms: 5 };
  await stage.answer('PostToolUseFailure', { ...call, error: 'Exit code 1\nno', is_interrupt: false });
}

async function edited(path: string): Promise<void> {
  write(path, `edited ${++calls}`);
  const input = { file_path: join(stage.project, path), old_string: 'a', new_string: 'b' };
  await stage.answer('PostToolUse', {
    tool_name: 'Edit',
    tool_use_id: `call-${calls}`,
    tool_input: input,
    tool_response: {},
  });
}

/** The reason for which the turn may not end; undefined where it may. */
async function stop(): Promise<string | undefined> {
  // a turn of its own, so that no limit of refusals counts
  await stage.answer('UserPromptSubmit', { prompt: 'go on' });
  const answer = (await stage.answer('Stop', { stop_hook_active: false })) as {
    reason?: string;
    hookSpecificOutput?: { additionalContext?: string };
  };
  return answer.reason ?? answer.hookSpecificOutput?.additionalContext;
}

describe.each([
  ['in a repository', true],
  ['without git', false],
])('%s', (_, hasGit) => {
  beforeEach(() => {
    if (hasGit) repository();
  });

  test('the end of the turn is held until the tests were seen to pass, and again after the next edit', async () => {
    expect(await stop()).toMatch(/no proof[\s\S]*run `npm test` alone/);
    await ran('npm test');
    expect(await stop()).toBeUndefined();
    await edited('src/a.ts');
    expect(await stop()).toMatch(/src\/a\.ts was edited since it passed/);
    await failed('npm test');
    expect(await stop()).toMatch(/it ended with 1 when it ran last/);
    await ran('npm test 2>&1 | tail -3');
    expect(await stop()).toMatch(/it ran, but what is around it hides how it ended/);
    await ran('set -o pipefail; npm test 2>&1 | tail -3');
    expect(await stop()).toBeUndefined();
  });

  test('what only reads takes nothing away', async () => {
    await ran('npm test');
    await ran('git status && ls -la | head');
    await stage.answer('PostToolUse', {
      tool_name: 'Read',
      tool_use_id: 'r',
      tool_input: { file_path: 'a' },
      tool_response: {},
    });
    expect(await stop()).toBeUndefined();
  });

  test('an exit code that Claude Code takes for a success, and an interrupted call, are no proof', async () => {
    await ran('npm test', { returnCodeInterpretation: 'No matches found' });
    expect(await stop()).toMatch(/no proof/);
    await ran('npm test', { interrupted: true });
    expect(await stop()).toMatch(/no proof/);
  });

  test('a run in the background counts once its end is reported', async () => {
    await ran('npm test', { backgroundTaskId: 'bg1' });
    expect(await stop()).toMatch(/its end was not seen yet/);
    const end = (code: number): string =>
      `<task-notification>\n<task-id>bg1</task-id>\n<status>completed</status>\n<summary>Background command "t" completed (exit code ${code})</summary>\n</task-notification>`;
    await stage.answer('UserPromptSubmit', { prompt: end(0) });
    expect(await stop()).toBeUndefined();
  });

  test('a relative folder counts from where the call began, which the transcript shows', async () => {
    const transcript = join(stage.root, 't.jsonl');
    const call = {
      tool_name: 'Bash',
      tool_use_id: 'toolu_cd',
      tool_input: { command: 'cd .. && npm test' },
      duration_ms: 5,
    };
    const response = { stdout: '', stderr: '', interrupted: false };
    await stage.answer('PostToolUse', { ...call, tool_response: response });
    expect(await stop()).toMatch(/it ran in another folder/);
    writeFileSync(
      transcript,
      `${JSON.stringify({ type: 'assistant', cwd: join(stage.project, 'sub'), message: { content: [{ type: 'tool_use', id: 'toolu_cd' }] } })}\n`,
    );
    mkdirSync(join(stage.project, 'sub'));
    await stage.answer('PostToolUse', { ...call, tool_response: response, transcript_path: transcript });
    expect(await stop()).toBeUndefined();
  });

  test('what is edited while it runs, it has not seen', async () => {
    await edited('src/a.ts');
    const call = { tool_name: 'Bash', tool_use_id: 'long', tool_input: { command: 'npm test' }, duration_ms: 600_000 };
    await stage.answer('PostToolUse', { ...call, tool_response: { stdout: '', stderr: '', interrupted: false } });
    expect(await stop()).toMatch(/files were edited while it ran/);
  });
});

describe('the hash of the files', () => {
  beforeEach(repository);

  test('shows what a script, a person or a shell has changed, and that it was changed back', async () => {
    await ran('npm test');
    write('src/a.ts', 'changed by somebody');
    expect(await stop()).toMatch(/a file was edited since it passed/);
    write('src/a.ts', 'a');
    expect(await stop()).toBeUndefined();
    write('src/new.ts', 'new');
    expect(await stop()).toMatch(/no proof/);
  });

  test('is the same after git add and git commit, and with other files that git ignores', async () => {
    write('src/a.ts', 'b');
    await ran('npm test');
    git('add', '.');
    expect(await stop()).toBeUndefined();
    git('commit', '-qm', 'second');
    write('out/log', 'x');
    expect(await stop()).toBeUndefined();
  });

  test('a shell that wrote nothing takes nothing away, and one that did does at once', async () => {
    await ran('npm test');
    await ran('node build.js');
    expect(stage.state.proofs.get('proven:npm test')?.held).toBe(true);
    write('src/a.ts', 'built');
    await ran('node build.js');
    expect(stage.state.proofs.get('proven:npm test')?.held).toBe(false);
  });
});

test('without git, a shell that may have written takes it away', async () => {
  await ran('npm test');
  await ran('node build.js');
  expect(await stop()).toMatch(/a file was edited since it passed/);
});

test('only the files that it covers count', async () => {
  repository();
  stage.publish({ t: 'unblock', block: 'all', by: 'user' });
  const until = 'proven(src/**,!src/doc/**):npm test';
  stage.publish({ t: 'hook', worker: 'user', event: 'Stop', exit: 2, message: 'no proof', until });
  await ran('npm test');
  await edited('README.md');
  await edited('src/doc/a.md');
  expect(await stop()).toBeUndefined();
  await edited('src/a.ts');
  expect(await stop()).toMatch(/no proof/);
});

test('a push is refused until then, and Claude cannot talk its way out', async () => {
  repository();
  stage.publish({ t: 'unblock', block: 'all', by: 'user' });
  const match = { tool: 'Bash', command: 'git push*' };
  stage.publish({
    t: 'hook',
    worker: 'user',
    event: 'PreToolUse',
    exit: 2,
    message: 'no proof',
    match,
    until: 'proven:npm test',
  });
  const push = async (): Promise<unknown> =>
    (
      (await stage.answer('PreToolUse', {
        tool_name: 'Bash',
        tool_use_id: 'p',
        tool_input: { command: 'git push' },
      })) as {
        hookSpecificOutput?: { permissionDecision?: string };
      }
    ).hookSpecificOutput?.permissionDecision;
  expect(await push()).toBe('deny');
  await ran('npm test');
  expect(await push()).toBeUndefined();
  write('src/a.ts', 'by a script');
  expect(await push()).toBe('deny');
  stage.publish({ t: 'resolve', block: 'B2', by: 'conductor', word: 'they pass' });
  expect(await push()).toBe('deny');
});

test('a completed task is refused until then', async () => {
  stage.publish({
    t: 'hook',
    worker: 'user',
    event: 'TaskCompleted',
    exit: 2,
    message: 'no proof',
    until: 'proven:npm test',
  });
  const refusals = (): number => stage.events.filter(({ t }) => t === 'denied').length;
  await stage.fire('TaskCompleted', { task_id: '1', task_subject: 'S' });
  expect(refusals()).toBe(1);
  await ran('npm test');
  await stage.fire('TaskCompleted', { task_id: '1', task_subject: 'S' });
  expect(refusals()).toBe(1);
});
