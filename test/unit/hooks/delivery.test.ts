import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { dispatch } from '#hooks/dispatch.ts';
import type { Reply } from '#hooks/reply.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

let home: string;
let dir: string;

const settings = (values: object): void =>
  writeFileSync(homePaths(home).settings, JSON.stringify({ 'hold.seconds': 0, ...values }));

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  mkdirSync(home);
  settings({});
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: home }, { t: 'turn', state: 'working' });
});

/** Fires a hook event; returns all that it printed. `taken`: whether Claude Code reads that. */
async function fire(event: HookEvent, fields: object = {}, taken = true): Promise<string> {
  let printed: Reply | undefined;
  await dispatch(
    { session_id: 's1', hook_event_name: event, cwd: home, ...fields },
    { home, env: {}, now: () => T0, timeoutSeconds: 60 },
    (answer) => {
      printed = answer;
      return taken;
    },
  );
  return `${printed?.stdout ?? ''}${printed?.stderr ?? ''}`;
}

const info = (message: string, event: HookEvent = 'PostToolUse', worker = 'W1'): NewEvent => ({
  t: 'hook',
  worker,
  event,
  exit: 0,
  message,
});
const block = (event: HookEvent, stderr = 'not now'): NewEvent => ({ t: 'hook', worker: 'W2', event, exit: 2, stderr });
const say = (...events: NewEvent[]): void => publish(dir, T0, ...events);
const call = { tool_name: 'Read', tool_input: { file_path: '/a' } };
const logged = (t: string): number => readFileSync(sessionPaths(dir).log, 'utf8').split(`"t":"${t}"`).length - 1;

test('what an answer has no room for is claimed and delivered by the next, in its order, down to its end', async () => {
  say(...[1, 2, 3, 4].map((i) => info(`report ${'x'.repeat(2400)} END-${i}`, 'PostToolUse', `W${i}`)));
  const answers = [await fire('PostToolUse', call), await fire('PostToolBatch'), await fire('PostToolUse', call)];
  expect(answers.map((text) => text.match(/END-\d/g))).toEqual([['END-1', 'END-2', 'END-3'], ['END-4'], null]);
  expect(logged('delivered')).toBe(4);
});

test('what Claude Code did not take is delivered again', async () => {
  say(info('the one thing'));
  // a process of this test has claimed it, and lives
  expect(await fire('PostToolUse', call, false)).toContain('the one thing');
  expect(logged('delivered')).toBe(0);
  expect(await fire('PostToolUse', call)).not.toContain('the one thing');
  const over = readFileSync(sessionPaths(dir).log, 'utf8').replaceAll(`"pid":${process.pid}`, '"pid":4194304');
  writeFileSync(sessionPaths(dir).log, over);
  expect(await fire('PostToolUse', call)).toContain('the one thing');
  expect(await fire('PostToolUse', call)).toBe('');
  expect(logged('delivered')).toBe(1);
});

test('information stays for the summary while a compaction is refused', async () => {
  say(info('keep the table of results', 'PreCompact'), block('PreCompact'), { t: 'spawn', worker: 'W2' });
  for (const answer of ['json', 'exitCode']) {
    settings({ answer });
    const refused = await fire('PreCompact', { trigger: 'auto' });
    expect(refused).toContain('not now');
    expect(refused).not.toContain('table of results');
  }
  say({ t: 'unblock', block: 'B1', by: 'W2' });
  expect(await fire('PreCompact', { trigger: 'auto' })).toContain('table of results');
});

test('a refused prompt never reaches Claude, so information waits for the next one', async () => {
  say(info('news'), block('UserPromptSubmit', 'first the tests'));
  const refused = await fire('UserPromptSubmit', { prompt: 'go' });
  expect(refused).toContain('first the tests');
  expect(refused).not.toContain('news');
  expect(await fire('UserPromptSubmit', { prompt: 'go' })).toContain('news');
});

test('a prompt that begins no turn in an aborted session takes no information with it', async () => {
  say(info('news'), { t: 'abort', by: 'user' });
  expect(await fire('UserPromptSubmit', { prompt: '<task-notification>x</task-notification>' })).not.toContain('news');
  expect(logged('claim')).toBe(0);
});

test('a rewrite waits for a call that is not refused', async () => {
  const json = { hookSpecificOutput: { updatedInput: { file_path: '/b' } } };
  say({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, json }, block('PreToolUse'), {
    t: 'spawn',
    worker: 'W2',
  });
  expect(await fire('PreToolUse', call)).not.toContain('updatedInput');
  say({ t: 'unblock', block: 'B1', by: 'W2' });
  expect(await fire('PreToolUse', call)).toContain('"updatedInput":{"file_path":"/b"}');
});

test('a warning waits for an answer that has a place for it', async () => {
  settings({ answer: 'exitCode' });
  say({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 1, stderr: 'disk nearly full' }, block('PreToolUse'));
  expect(await fire('PreToolUse', call)).not.toContain('disk nearly full');
  settings({ answer: 'json' });
  expect(await fire('PreToolUse', call)).toContain('"systemMessage":"Fermata, from W1: disk nearly full"');
});

test('at an event without a place for context it goes on to the next call, once', async () => {
  say(info('for the task', 'TaskCreated'));
  expect(await fire('TaskCreated', { task_id: '1', task_subject: 'x' })).toBe('');
  expect(await fire('PostToolUse', call)).toContain('for the task');
  expect(await fire('PostToolUse', call)).toBe('');
});
