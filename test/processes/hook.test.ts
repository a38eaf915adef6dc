import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { makePlan } from '#core/plans/plan.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { HOOK_FILES } from '#test/lib/hookStage.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let home: string;
let project: string;
const SESSION = 'session-1';

beforeEach(() => {
  const root = tempDir();
  home = join(root, '.fermata');
  project = join(root, 'project');
  for (const dir of [join(home, 'hooks'), project]) mkdirSync(dir, { recursive: true });
  for (const file of HOOK_FILES) cpSync(join(repoRoot, 'dist/hooks', file), join(home, 'hooks', file));
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
});
afterAll(removeTempDirs);

interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the installed gate as Claude Code would: payload on standard input, session in the environment. */
function hook(
  event: string,
  payload: unknown,
  env: Record<string, string> = {},
  timeout = '60',
): Promise<RunResult> & { kill: () => void } {
  const child = spawn(join(home, 'hooks/gate.sh'), [event, timeout], {
    cwd: project,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: join(home, '..'),
      CLAUDE_CODE_SESSION_ID: SESSION,
      CLAUDE_PROJECT_DIR: project,
      ...env,
    },
  });
  const result: RunResult = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload));
  const done = new Promise<RunResult>((resolve) => child.on('close', (code) => resolve({ ...result, code })));
  return Object.assign(done, { kill: () => child.kill('SIGTERM') });
}

const payload = (event: string, more: object = {}) => ({
  session_id: SESSION,
  hook_event_name: event,
  cwd: project,
  transcript_path: '/t.jsonl',
  ...more,
});
const read = (path: string) =>
  payload('PreToolUse', { tool_name: 'Read', tool_input: { file_path: join(project, path) }, tool_use_id: 't1' });
const dir = (): string => join(home, 'sessions', SESSION);
const state = () => {
  const log = new SessionLog(dir());
  log.refresh();
  return log.state;
};
const errorLog = (): string =>
  existsSync(join(home, 'logs/hook.log')) ? readFileSync(join(home, 'logs/hook.log'), 'utf8') : '';
const start = async () => hook('SessionStart', payload('SessionStart', { source: 'startup' }));
const blocking = { t: 'hook' as const, worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' };

describe('what a hook answers', () => {
  test('a session begins: folder, log, who Claude is', async () => {
    expect(await start()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(state().session).toMatchObject({ id: SESSION, cwd: project, pid: process.pid });
    expect(readdirSync(dir()).toSorted()).toEqual([
      'armed',
      'events.jsonl',
      'flags',
      // this Claude's own entries have run, so those of a shared file stay away
      `own-${process.pid}`,
      'runs',
      'session.json',
      'workers',
    ]);
  });

  test('a block refuses, in either style of answer', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0}');
    const refused = await hook('PreToolUse', read('a'));
    expect(JSON.parse(refused.stdout)).toMatchObject({
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: 'deny',
        permissionDecisionReason: expect.stringMatching(/^not now\n/),
      },
    });
    writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0, "answer": "exitCode"}');
    expect(await hook('PreToolUse', read('a'))).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^not now\n/),
    });
  });

  test('once nothing stands any more, the event is disarmed; what comes meanwhile keeps it armed', async () => {
    await start();
    publish(dir(), Date.now(), { ...blocking, ttlMs: 1 });
    publish(dir(), Date.now(), { t: 'unblock', block: 'B1', by: 'user' });
    expect(existsSync(join(dir(), 'armed/PreToolUse'))).toBe(true);
    await hook('PreToolUse', read('a'));
    expect(existsSync(join(dir(), 'armed/PreToolUse'))).toBe(false);
  });

  test('information is said once, although several hooks ask for it at the same time', async () => {
    await start();
    publish(dir(), Date.now(), { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'the news' });
    const after = payload('PostToolUse', { tool_name: 'Read', tool_input: {}, tool_response: {} });
    const answers = await Promise.all(Array.from({ length: 6 }, () => hook('PostToolUse', after)));
    expect(answers.filter((a) => a.stdout.includes('the news'))).toHaveLength(1);
    expect(answers.every((a) => a.code === 0)).toBe(true);
  });

  test('a rewrite changes the next matching call only, and keeps the rest of its input', async () => {
    await start();
    const json = { hookSpecificOutput: { updatedInput: { limit: 10 } } };
    publish(dir(), Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, json, match: { path: 'b' } });
    expect((await hook('PreToolUse', read('a'))).stdout).toBe('');
    expect(JSON.parse((await hook('PreToolUse', read('b'))).stdout)).toEqual({
      hookSpecificOutput: { hookEventName: 'PreToolUse', updatedInput: { file_path: join(project, 'b'), limit: 10 } },
    });
    expect((await hook('PreToolUse', read('b'))).stdout).toBe('');
  });

  test('a prompt is refused once; the same prompt sent again passes', async () => {
    await start();
    publish(dir(), Date.now(), {
      t: 'hook',
      worker: 'W1',
      event: 'UserPromptSubmit',
      exit: 2,
      stderr: 'the database is being restored',
    });
    const prompt = payload('UserPromptSubmit', { prompt: 'migrate' });
    expect(JSON.parse((await hook('UserPromptSubmit', prompt)).stdout)).toMatchObject({
      decision: 'block',
      reason: expect.stringContaining('being restored'),
    });
    expect((await hook('UserPromptSubmit', prompt)).stdout).toBe('');
    expect(state().conductor.state).toBe('working');
  });
});

describe('hold', () => {
  const callHeld = () =>
    waitFor(() => [...state().blocks.values()].some((b) => b.holding.length > 0), { describe: 'the call is held' });

  test('ends when its cause ends, and says for how long it held', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    const held = hook('PreToolUse', read('a'));
    await callHeld();
    publish(dir(), Date.now(), { t: 'unblock', block: 'B1', by: 'W1' });
    expect(await held).toMatchObject({ code: 0, stdout: '' });
    expect(state().blocks.get('B1')).toMatchObject({ ended: { how: 'unblock' }, holding: [], deniedCount: 0 });
  });

  test('ends before the entry’s own timeout, with a refusal', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    const refused = await hook('PreToolUse', read('a'), {}, '5.2');
    expect(refused.stdout).toContain('deny');
  });

  test('does not wait for what only Claude or the person can end', async () => {
    await start();
    publish(dir(), Date.now(), { t: 'error', worker: 'W1', message: 'disk full', critical: true });
    const stop = await hook('Stop', payload('Stop', { stop_hook_active: false }));
    expect(JSON.parse(stop.stdout)).toMatchObject({
      hookSpecificOutput: { additionalContext: expect.stringContaining('CRITICAL: disk full') },
    });
    expect(state().blocks.get('B1')?.holding).toEqual([]);
  });

  test('ends on SIGTERM without a word', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    const held = hook('PreToolUse', read('a'));
    await callHeld();
    held.kill();
    expect(await held).toMatchObject({ stdout: '' });
    await waitFor(() => state().blocks.get('B1')?.holding.length === 0, { describe: 'the log says that it is over' });
  });
});

test('a plan.json that somebody changed holds Stop until it is answered', async () => {
  await start();
  const matches = [{ rule: { name: 'r', prompt: 'x', workers: [{ run: ['true'] }] }, groups: {}, items: [] }];
  const plan = makePlan({ home, dir: dir(), session: SESSION, project, matches, now: Date.now() });
  publish(dir(), Date.now(), plan, { t: 'exit', worker: 'W1', code: 0 });
  const stop = () => hook('Stop', payload('Stop', { stop_hook_active: false }));
  expect((await stop()).stdout).toBe('');
  const file = join(dir(), 'runs/R1/plan.json');
  chmodSync(file, 0o644);
  writeFileSync(file, `${readFileSync(file, 'utf8')} `);
  expect(JSON.parse((await stop()).stdout)).toMatchObject({
    hookSpecificOutput: { additionalContext: expect.stringContaining('plan.json of R1 was changed') },
  });
  publish(dir(), Date.now(), { t: 'resolve', block: 'B1', by: 'conductor', word: 'put back' });
  expect((await stop()).stdout).toBe('');
});

describe('bad input leaves the session alone', () => {
  test.each([
    ['malformed', '{"session_id": "x', 'not JSON'],
    ['empty', '', 'not JSON'],
    ['of 20 MB', Buffer.alloc(20 << 20, 0x20), 'above 16 MB'],
    ['with a session id that is a path', { session_id: '../../x', hook_event_name: 'PreToolUse' }, 'not understood'],
  ])('a payload %s: exit 0, nothing blocked, a line in the logs', async (_name, input, line) => {
    await start();
    publish(dir(), Date.now(), blocking);
    expect(await hook('PreToolUse', input)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(errorLog()).toContain(line);
  });

  test('an unknown session is a new one; nothing of another is applied to it', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    const other = { ...read('a'), session_id: 'other' };
    expect(await hook('PreToolUse', other, { CLAUDE_CODE_SESSION_ID: 'other' })).toMatchObject({ code: 0, stdout: '' });
  });

  test('a broken line in the log is counted, and all else works', async () => {
    await start();
    writeFileSync(join(dir(), 'events.jsonl'), '{"t":"vote","wor\n\0\0\n{"t":"spawn","worker":"../x"}\n', {
      flag: 'a',
    });
    publish(dir(), Date.now(), blocking);
    writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0}');
    expect((await hook('PreToolUse', read('a'))).stdout).toContain('deny');
    expect([...state().damaged.values()].reduce((a, b) => a + b, 0)).toBe(3);
  });

  test('a log that was replaced is another generation: flags and armed entries of the earlier one are void', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    writeFileSync(join(dir(), 'flags', 'release-all'), '');
    const other = { t: 'open', format: 1, nonce: 'another' };
    const lines = [other, { ...blocking, stderr: 'of the new log' }].map((line) => JSON.stringify(line)).join('\n');
    writeFileSync(join(dir(), 'new.jsonl'), `${lines}\n`);
    renameSync(join(dir(), 'new.jsonl'), join(dir(), 'events.jsonl'));
    writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0}');
    // the flag released a block of the earlier log: it must not release one of this log
    expect((await hook('PreToolUse', read('a'))).stdout).toContain('of the new log');
    expect(readdirSync(join(dir(), 'flags'))).toEqual([]);
    expect(state().notices.map((n) => n.text)).toEqual([expect.stringContaining('was replaced')]);
    expect(state().blocks.get('B1')?.ended).toBeUndefined();
  });

  test('with the home deleted in mid-session nothing is denied', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    const gate = join(home, 'hooks/gate.sh');
    const original = readFileSync(gate);
    rmSync(home, { recursive: true });
    // the gate alone, as when only a part was deleted
    mkdirSync(join(home, 'hooks'), { recursive: true });
    writeFileSync(gate, original, { mode: 0o755 });
    expect(await hook('PreToolUse', read('a'))).toMatchObject({ code: 0, stdout: '' });
    expect(existsSync(join(home, 'sessions'))).toBe(false);
  });

  test('a hook program that cannot run lets everything pass, or refuses it where the person asked for that', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    writeFileSync(join(home, 'hooks/hook.cjs'), 'throw new Error("broken")');
    expect((await hook('PreToolUse', read('a'))).code).not.toBe(2);
    writeFileSync(join(home, 'fail-closed'), '');
    expect(await hook('PreToolUse', read('a'))).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('failClosed'),
    });
  });

  test('a log that cannot be read: exit 0 and a line in the logs, or a refusal with failClosed', async () => {
    await start();
    publish(dir(), Date.now(), blocking);
    rmSync(join(dir(), 'events.jsonl'));
    mkdirSync(join(dir(), 'events.jsonl'));
    expect(await hook('PreToolUse', read('a'))).toMatchObject({ code: 0, stdout: '' });
    expect(errorLog()).toContain('PreToolUse');
    writeFileSync(join(home, 'fail-closed'), '');
    expect((await hook('PreToolUse', read('a'))).code).toBe(2);
  });

  test('a settings file that cannot be parsed counts as empty', async () => {
    await start();
    writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0,');
    chmodSync(join(home, 'settings.json'), 0o600);
    expect(await hook('PreToolUse', read('a'))).toMatchObject({ code: 0 });
  });
});
