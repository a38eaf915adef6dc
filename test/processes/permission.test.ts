import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { raiseFlag } from '#core/session/flags.ts';
import type { Ask } from '#protocol/state.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

let stage: HookStage;
const call = { tool_name: 'Bash', tool_input: { command: 'npm publish' } };

beforeEach(async () => {
  stage = new HookStage({ permissions: 'answer' });
  await stage.start();
});

/** The open request, once its hook waits. */
const pendingAsk = (): Promise<Ask> => waitFor(() => [...stage.state.asks.values()][0], { describe: 'the request' });
const flags = (): string[] => readdirSync(join(stage.dir, 'flags'));
const answer = (ask: string, text: string): void => raiseFlag(stage.dir, { kind: 'answer', ask }, text);
const answers = (): object[] => stage.events.filter((e) => e['t'] === 'answer');

describe('a permission request that may be answered from the panel', () => {
  test('is allowed', async () => {
    const hook = stage.fire('PermissionRequest', call);
    const ask = await pendingAsk();
    expect(ask).toMatchObject({ tool: 'Bash', summary: 'npm publish', answerable: true });
    answer(ask.id, 'allow');
    const { code, stdout } = await hook;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } },
    });
    expect(flags()).toEqual([]);
    expect(answers()).toMatchObject([{ ask: ask.id, decision: 'allow', by: 'user' }]);
  });

  test('is denied, with a word or without, and never interrupts', async () => {
    for (const [text, message] of [
      ['deny\nnot on a Friday', 'not on a Friday'],
      ['deny', 'The person at the keyboard does not allow this.'],
    ] as const) {
      const hook = stage.fire('PermissionRequest', call);
      answer((await pendingAsk()).id, text);
      expect(JSON.parse((await hook).stdout)).toEqual({
        hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'deny', message } },
      });
    }
  });

  test('is answered in the terminal: yes lets the call run, and the hook ends with it', async () => {
    const hook = stage.fire('PermissionRequest', call);
    await pendingAsk();
    await stage.fire('PostToolUse', { ...call, tool_response: {} });
    expect(await hook).toMatchObject({ code: 0, stdout: '' });
    expect(stage.state.asks.size).toBe(0);
  });

  test('is answered in the terminal: no ends the hook by a signal, and nothing is asked any more', async () => {
    const hook = stage.run('PermissionRequest', stage.payload('PermissionRequest', call));
    await pendingAsk();
    hook.kill();
    expect(await hook).toMatchObject({ code: 0, stdout: '' });
    expect(answers()).toMatchObject([{ decision: 'gone' }]);
  });

  test('takes nothing for an answer that is none, and waits on', async () => {
    const hook = stage.fire('PermissionRequest', call);
    const ask = await pendingAsk();
    for (const text of ['', 'yes', 'allow everything', 'ALLOW']) {
      answer(ask.id, text);
      await waitFor(() => flags().length === 0, { describe: 'the flag to be taken' });
    }
    expect(stage.state.asks.size).toBe(1);
    answer(ask.id, 'deny\n  ');
    expect((await hook).stdout).toContain('does not allow this');
  });

  test('an answer that nobody waits for is cleared away by the next hook, and said', async () => {
    mkdirSync(join(stage.dir, 'flags'), { recursive: true });
    answer('gone', 'allow');
    await stage.fire('PreToolUse', call);
    // it may still be on its way to its hook
    expect(flags()).toEqual(['answer-gone']);
    utimesSync(join(stage.dir, 'flags', 'answer-gone'), 1, 1);
    await stage.fire('PreToolUse', call);
    expect(flags()).toEqual([]);
    expect(stage.state.notices.map((n) => n.text).join()).toContain('came too late');
  });
});

test.each([
  ['the setting is "show"', { permissions: 'show' }, call],
  [
    'Claude asks a question',
    { permissions: 'answer' },
    { tool_name: 'AskUserQuestion', tool_input: { questions: [] } },
  ],
  [
    'Claude asks for a word on its plan',
    { permissions: 'answer' },
    { tool_name: 'ExitPlanMode', tool_input: { plan: 'p' } },
  ],
])('no hook waits where %s', async (_, settings, what) => {
  stage.settings(settings);
  expect(await stage.fire('PermissionRequest', what)).toMatchObject({ code: 0, stdout: '' });
  expect((await pendingAsk()).answerable).toBeUndefined();
});

test('with "off" what is asked is not said, that Claude waits is, until its next call', async () => {
  stage.settings({ permissions: 'off' });
  expect(await stage.fire('PermissionRequest', call)).toMatchObject({ code: 0, stdout: '' });
  expect(stage.state.asks.size).toBe(0);
  expect(stage.state.conductor.state).toBe('waiting');
  await stage.fire('PostToolUse', { ...call, tool_response: {} });
  expect(stage.state.conductor.state).toBe('working');
});
