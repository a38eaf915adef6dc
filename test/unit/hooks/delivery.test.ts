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

test('the call of a plugin, whose answer no model reads, takes nothing with it', async () => {
  say(info('news', 'PreToolUse'));
  expect(await fire('PreToolUse', { ...call, tool_use_id: 'toolu_plugin_1' })).toBe('');
  expect(logged('claim')).toBe(0);
  expect(await fire('PreToolUse', { ...call, tool_use_id: 'toolu_1_toolu_plugin_' })).toContain('news');
});

test('information beside a call leaves its input alone, and a rewrite without words adds none', async () => {
  say(info('news', 'PreToolUse'));
  expect(JSON.parse(await fire('PreToolUse', call))).toEqual({
    hookSpecificOutput: { hookEventName: 'PreToolUse', additionalContext: 'Fermata, from W1: news' },
  });
  const json = { hookSpecificOutput: { updatedInput: { file_path: '/b' } } };
  say({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, json });
  expect(JSON.parse(await fire('PreToolUse', { ...call, tool_input: { file_path: '/a', limit: 3 } }))).toEqual({
    hookSpecificOutput: { hookEventName: 'PreToolUse', updatedInput: { file_path: '/b', limit: 3 } },
  });
});

test.each(['json', 'exitCode'])('a refusal as %s takes along what waits for any call', async (answer) => {
  settings({ answer });
  say(info('seen later', 'PostToolUse'), info('seen now', 'PreToolUse', 'W3'), block('PreToolUse'));
  const refused = await fire('PreToolUse', call);
  expect(refused).toMatch(/not now[^]*seen later[^]*seen now/);
  expect(await fire('PostToolUse', call)).toBe('');
});

test('what Claude gets and what the person gets share no room, and each gets only its own', async () => {
  say(
    info(`report ${'x'.repeat(7000)} END`, 'PreToolUse'),
    { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 1, stderr: `warning ${'y'.repeat(7000)} END` },
    info('one more', 'PreToolUse', 'W3'),
  );
  const { systemMessage, hookSpecificOutput } = JSON.parse(await fire('PreToolUse', call)) as {
    systemMessage: string;
    hookSpecificOutput: { additionalContext: string };
  };
  expect(systemMessage).toMatch(/^Fermata, from W2: warning y{7000} END$/);
  expect(hookSpecificOutput.additionalContext).toMatch(
    /^Fermata, from W1: report x{7000} END\nFermata, from W3: one more$/,
  );
});

test('what Claude is given at the start of a session leaves less room for information', async () => {
  settings({ teach: true });
  const intro = await fire('SessionStart', { source: 'resume' });
  expect(intro).toContain('Fermata runs workers');
  const frame = 'Fermata, from W1: '.length;
  // as long as an answer may be, without what stands in it already: it waits for the next, and fills that
  say(info('z'.repeat(8000 - frame), 'SessionStart'));
  expect(await fire('SessionStart', { source: 'resume' })).toBe(intro);
  say(info('short', 'SessionStart', 'W2'));
  settings({ teach: false });
  const next = JSON.parse(await fire('SessionStart', { source: 'resume' })) as object;
  expect(next).toMatchObject({
    hookSpecificOutput: { additionalContext: `Fermata, from W1: ${'z'.repeat(8000 - frame)}` },
  });
  settings({ teach: true });
  const last = JSON.parse(await fire('SessionStart', { source: 'resume' })) as typeof next;
  expect(last).toMatchObject({
    hookSpecificOutput: {
      additionalContext: expect.stringMatching(/one that you started[^]*\nFermata, from W2: short$/) as string,
    },
  });
});

test('a rewrite of what is no call rewrites nothing, and breaks no hook', async () => {
  const json = { hookSpecificOutput: { updatedInput: { file_path: '/b' } } };
  say({ t: 'hook', worker: 'W1', event: 'Stop', exit: 0, json, message: 'by the way' });
  expect(JSON.parse(await fire('Stop'))).toEqual({
    hookSpecificOutput: { hookEventName: 'Stop', additionalContext: 'Fermata, from W1: by the way' },
  });
  expect(logged('delivered')).toBe(1);
});

test('information that fills an answer to the last character goes along with a prompt', async () => {
  const text = 'z'.repeat(8000 - 'Fermata, from W1: '.length);
  say(info(text, 'UserPromptSubmit'));
  expect(await fire('UserPromptSubmit', { prompt: 'go' })).toContain(`Fermata, from W1: ${text}`);
});
