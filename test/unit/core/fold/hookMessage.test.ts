import { describe, expect, test } from 'vitest';
import { isActivity } from '#core/fold/activity.ts';
import { hookMessage, isBlocking, rewrittenInput } from '#core/fold/hookMessage.ts';
import type { Event, EventOf } from '#protocol/event.ts';
import { fold } from './world.ts';

const hook = (more: object): EventOf<'hook'> => ({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, ...more });
const specific = (more: object): object => ({ hookSpecificOutput: more });

test.each<[object, boolean]>([
  [{ exit: 2 }, true],
  [{ exit: 2, json: {} }, true],
  [{ exit: 0 }, false],
  [{ exit: 1 }, false],
  [{ exit: 1, json: { decision: 'block' } }, false],
  [{ json: { decision: 'block' } }, true],
  [{ json: { decision: 'approve' } }, false],
  [{ json: specific({ permissionDecision: 'deny' }) }, true],
  [{ json: specific({ permissionDecision: 'allow' }) }, false],
  [{ json: 'block' }, false],
  [{ json: null }, false],
])('a hook with %j blocks: %j', (more, blocks) => {
  expect(isBlocking(hook(more))).toBe(blocks);
});

describe('the message of a hook', () => {
  const all = {
    reason: ' 1 ',
    hookSpecificOutput: { permissionDecisionReason: '2', additionalContext: '3' },
    additionalContext: '4',
    stopReason: '5',
    systemMessage: '6',
  };
  const { reason: _1, ...from2 } = all;
  const from3 = { ...from2, ...specific({ additionalContext: '3' }) };
  const { hookSpecificOutput: _2, ...from4 } = from2;
  const { additionalContext: _3, ...from5 } = from4;
  const { stopReason: _4, ...from6 } = from5;

  test.each<[string, object]>([
    ['error', { stderr: ' error\n', message: 'm', json: all }],
    ['m', { message: ' m ' }],
    ['m', { stderr: ' ', message: 'm' }],
    ['', {}],
    ['', { stderr: '' }],
    ['1', { json: all, message: 'm' }],
    ['1', { stderr: '\n', json: all }],
    ['2', { json: from2, message: 'm' }],
    ['3', { json: from3, message: 'm' }],
    ['4', { json: from4, message: 'm' }],
    ['5', { json: from5, message: 'm' }],
    ['6', { json: from6, message: 'm' }],
    ['m', { json: {}, message: 'm' }],
    ['m', { json: { reason: 5, stopReason: ' ' }, message: 'm' }],
    ['', { json: { reason: ['x'] } }],
    ['', { json: 'text' }],
  ])('is %j of %j', (message, more) => {
    expect(hookMessage(hook(more))).toBe(message);
  });
});

test('an input is rewritten only by an object', () => {
  const rewritten = (updatedInput: unknown) => rewrittenInput(hook({ json: specific({ updatedInput }) }));
  expect(rewritten({ command: 'ls' })).toEqual({ command: 'ls' });
  for (const none of [undefined, null, 'ls', 5]) expect(rewritten(none)).toBeUndefined();
  for (const json of [undefined, null, 'x', {}]) expect(rewrittenInput(hook({ json }))).toBeUndefined();
});

describe('what a hook that blocks nothing leaves', () => {
  const left = (more: object) => {
    const state = fold([hook({ event: 'PostToolUse', message: 'news', ...more })]);
    return [
      [...state.notes.values()].map(({ kind, text }) => [kind, text]),
      state.notices.map(({ text, worker }) => [text, worker]),
      state.blocks.size,
    ];
  };

  test.each<[string, object, ReturnType<typeof left>]>([
    ['its message as information', {}, [[['inform', 'news']], [], 0]],
    ['nothing without one', { message: ' ' }, [[], [], 0]],
    [
      'the other input',
      { event: 'PreToolUse', json: specific({ updatedInput: { a: 1 } }) },
      [[['rewrite', 'news']], [], 0],
    ],
    ['information after the fact, where it would block', { exit: 2 }, [[['inform', 'news']], [], 0]],
    ['that without a reason, too', { exit: 2, message: '' }, [[['inform', 'blocked, no reason given']], [], 0]],
    ['the refusal of a prompt', { event: 'UserPromptSubmit', exit: 2 }, [[['refusePrompt', 'news']], [], 0]],
    ['a warning', { exit: 1 }, [[['warn', 'news']], [['news', 'W1']], 0]],
    [
      'a warning by its exit code alone',
      { exit: 7, message: '' },
      [[['warn', 'exit code 7 without a word']], [['exit code 7 without a word', 'W1']], 0],
    ],
  ])('is %s', (_what, more, expected) => {
    expect(left(more)).toEqual(expected);
  });

  test('is a block before the fact, with a reason in any case', () => {
    const texts = (more: object) => [...fold([hook({ exit: 2, ...more })]).blocks.values()].map(({ text }) => text);
    expect([texts({ stderr: 'wait' }), texts({})]).toEqual([['wait'], ['blocked, no reason given']]);
  });
});

test.each<[object, boolean]>([
  [{ t: 'progress', worker: 'W1', pct: 5 }, false],
  [{ t: 'progress', worker: 'W1', phase: 'load' }, true],
  [hook({}), false],
  [hook({ exit: 1 }), true],
  [hook({ message: 'news' }), true],
  [hook({ json: { decision: 'block' } }), true],
  [hook({ json: specific({ updatedInput: {} }) }), true],
  [{ t: 'usage', costUsd: 1 }, false],
  [{ t: 'done', worker: 'W1' }, true],
])('%j stands in the list of activity: %j', (event, isThere) => {
  expect(isActivity(event as Event)).toBe(isThere);
  expect(fold([event]).activity).toHaveLength(isThere ? 1 : 0);
});
