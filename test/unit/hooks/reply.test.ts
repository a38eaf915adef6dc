import { expect, test } from 'vitest';
import type { Answer } from '#hooks/outcome.ts';
import { isTakenByExitCode, reply } from '#hooks/reply.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';

/** What a hook prints as JSON; undefined where it prints nothing. */
function json(event: HookEvent, answer: Answer, style: 'json' | 'exitCode' = 'json'): unknown {
  const { stdout, stderr, code } = reply(event, answer, style);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  if (stdout === '') return undefined;
  expect(stdout.endsWith('\n')).toBe(true);
  return JSON.parse(stdout);
}
const specific = (hookEventName: HookEvent, more: object): object => ({
  hookSpecificOutput: { hookEventName, ...more },
});

test('an empty answer prints nothing, at any event', () => {
  for (const event of ['PreToolUse', 'PermissionRequest', 'PostToolUse', 'Stop', 'UserPromptSubmit'] as const)
    for (const style of ['json', 'exitCode'] as const) expect(json(event, {}, style)).toBeUndefined();
  expect(json('PostToolUse', { context: '', terminal: '' })).toBeUndefined();
});

test('before a call it is denied, allowed or rewritten', () => {
  const deny = { permissionDecision: 'deny', permissionDecisionReason: 'no' };
  const input = { command: 'x' };
  expect(json('PreToolUse', { block: 'no' })).toEqual(specific('PreToolUse', deny));
  expect(json('PreToolUse', { block: 'no', input })).toEqual(specific('PreToolUse', { ...deny, updatedInput: input }));
  expect(json('PreToolUse', { input })).toEqual(specific('PreToolUse', { updatedInput: input }));
  expect(json('PreToolUse', { allow: true, input })).toEqual(
    specific('PreToolUse', {
      permissionDecision: 'allow',
      permissionDecisionReason: "Fermata's own command",
      updatedInput: input,
    }),
  );
  expect(json('PreToolUse', { allow: false })).toBeUndefined();
});

test('a dialog is answered without an interrupt, and never by exit code', () => {
  const deny = specific('PermissionRequest', { decision: { behavior: 'deny', message: 'no' } });
  for (const style of ['json', 'exitCode'] as const) {
    expect(json('PermissionRequest', { block: 'no' }, style)).toEqual(deny);
    expect(json('PermissionRequest', { allow: true }, style)).toEqual(
      specific('PermissionRequest', { decision: { behavior: 'allow' } }),
    );
  }
  expect(isTakenByExitCode('PermissionRequest', 'no')).toBe(false);
});

test('the end of a turn is refused with its reason, and the end of all with that', () => {
  expect(json('Stop', { block: 'not yet' })).toEqual({ decision: 'block', reason: 'not yet' });
  expect(json('PostToolBatch', { end: 'aborted' })).toEqual({ continue: false, stopReason: 'aborted' });
});

test('by exit code the reason is on standard error, with what else Claude is to know, and nothing is printed', () => {
  const refused = (stderr: string): object => ({ stdout: '', stderr, code: 2 });
  expect(reply('PreToolUse', { block: 'no' }, 'exitCode')).toEqual(refused('no'));
  expect(reply('Stop', { block: 'no', context: 'news' }, 'exitCode')).toEqual(refused('no\n\nnews'));
  expect(reply('PostToolUse', { context: 'news' }, 'exitCode').code).toBe(0);
});

test.each(['No such file or directory', "sh: can't open x"])(
  'a reason that looks like a missing script is JSON: %s',
  (text) => {
    expect(isTakenByExitCode('Stop', text)).toBe(false);
    expect(isTakenByExitCode('Stop', 'no')).toBe(true);
    expect(isTakenByExitCode('PreToolUse', text)).toBe(true);
    expect(json('Stop', { block: text }, 'exitCode')).toEqual({ decision: 'block', reason: text });
  },
);

test('information is context where an event takes it, plain text where it is printed, and left out elsewhere', () => {
  expect(json('PostToolUse', { context: 'news' })).toEqual(specific('PostToolUse', { additionalContext: 'news' }));
  expect(json('SessionEnd', { context: 'news' })).toBeUndefined();
  expect(reply('PreCompact', { context: 'news' }, 'json')).toEqual({ stdout: 'news\n', stderr: '', code: 0 });
  expect(json('PreCompact', { context: 'news', block: 'no' })).toEqual({ decision: 'block', reason: 'no' });
});

test('a warning is for the person, and a terminal rings only where Claude does not go on', () => {
  expect(json('UserPromptSubmit', { warning: 'look' })).toEqual({ systemMessage: 'look' });
  expect(json('Stop', { terminal: '\u0007' })).toEqual({ terminalSequence: '\u0007' });
  expect(json('Stop', { terminal: '\u0007', block: 'no' })).toEqual({ decision: 'block', reason: 'no' });
  expect(json('PostToolUse', { terminal: '\u0007', context: 'x' })).toEqual(
    specific('PostToolUse', { additionalContext: 'x' }),
  );
});
