import { expect, test } from 'vitest';
import { pause } from '#core/session/pause.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

const block = { t: 'hook', worker: 'review', event: 'PreToolUse', exit: 2, message: 'look first' };

const view = (events: object[], { live = true, after = 600_000 } = {}): ViewModel =>
  toViewModel(fold(events), { id: 's1', now: T0 + after, live, silentSeconds: 60 });

test('what is known by its name alone is never silent, and is over with the session', () => {
  expect(view([block]).workers).toMatchObject([{ id: 'review', state: 'running', silent: false }]);
  const over = { id: 'review', state: 'done', endedTs: T0 + 1000, can: { abort: false } };
  expect(view([block, { t: 'end' }]).workers).toMatchObject([over]);
  // Claude was killed, and no line says so
  expect(view([block], { live: false }).workers).toMatchObject([{ ...over, endedTs: T0 }]);
  expect(view([block], { live: false }).counts).toMatchObject({ running: 0, ended: 1 });
  // its block keeps standing: the session may be resumed
  expect(view([block, { t: 'end' }]).blocks).toMatchObject([{ id: 'B1', standing: true }]);
});

test('a worker that was spawned may run on, and one that reports progress may fall silent', () => {
  const spawned = { t: 'spawn', worker: 'lint', task: 'Lint' };
  expect(view([spawned, { t: 'end' }]).workers).toMatchObject([{ state: 'running', silent: true }]);
  expect(view([{ t: 'progress', worker: 'build', pct: 5 }]).workers).toMatchObject([{ silent: true }]);
});

test('an error that is part of the problem is not shown twice', () => {
  const failed = view([
    ...started(1),
    { t: 'error', worker: 'W1', message: 'disk full' },
    { t: 'exit', worker: 'W1', code: 1 },
  ]).workers[0];
  expect(failed).toMatchObject({ problem: 'disk full (exit code 1)' });
  expect(failed?.lastMessage).toBeUndefined();
});

test('an open vote names those who have not voted', () => {
  const { ballots } = view([
    ...started(3),
    { t: 'ballot', worker: 'W1', ballot: 'ship', voters: ['W1', 'W2', 'W3'] },
    { t: 'vote', worker: 'W2', ballot: 'ship', decision: 'proceed' },
  ]);
  expect(ballots[0]?.missing).toEqual(['W1', 'W3']);
});

test('the activity has no empty texts: a hook that does nothing is no activity, and each other has its verb', () => {
  const hook = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0 };
  const output = (specific: object): object => ({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...specific } });
  const { activity } = view([
    hook,
    { ...hook, json: {} },
    { ...hook, message: 'half way' },
    { ...hook, json: output({ updatedInput: { command: 'ls' } }) },
    { ...hook, json: output({ permissionDecision: 'deny' }) },
    { ...hook, exit: 1, message: 'slow' },
    { t: 'end', reason: 'other' },
  ]);
  expect(activity.map(({ text }) => text).toReversed()).toEqual([
    'informs at PreToolUse: half way',
    'rewrites a call at PreToolUse',
    'blocks at PreToolUse',
    'warns at PreToolUse: slow',
    'Session ended',
  ]);
});

test('an agent with hooks can be paused, resumed and stopped while it is at work, and nothing else', () => {
  const agent = { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'Lint' };
  const only = (events: object[], more = {}) => view([agent, ...events], more).workers[0];
  expect(only([])).toMatchObject({ can: { pause: true, abort: true, message: true } });
  expect(only([], { live: false })?.can).toMatchObject({ pause: false, abort: false });
  const paused = only([pause('a1')]);
  expect(paused).toMatchObject({ paused: true, can: { pause: false, abort: true } });
  // that of the session is not its own
  expect(only([pause()])?.paused).toBeUndefined();
  expect(view([agent, pause('a1')]).session.paused).toBeUndefined();
  const stopping = only([{ t: 'abort', worker: 'a1', by: 'user' }]);
  expect(stopping).toMatchObject({ stopping: true, can: { pause: false, abort: false } });
  const over = only([pause('a1'), { t: 'done', worker: 'a1' }]);
  expect(over?.paused).toBeUndefined();
  expect(over?.can).toMatchObject({ pause: false, abort: false });
  const idle = only([
    { ...agent, kind: 'teammate' },
    { t: 'done', worker: 'a1' },
  ]);
  expect(idle).toMatchObject({ state: 'idle', can: { pause: false, abort: false } });
  for (const kind of ['workflow', 'shell'])
    expect(view([{ ...agent, kind }]).workers[0]?.can).toMatchObject({ pause: false, abort: false });
  expect(view([{ t: 'spawn', worker: 'W1', pid: 7 }]).workers[0]?.can).toMatchObject({ pause: false, abort: true });
});

test('the block of a stop is shown until its agent has ended', () => {
  const agent = { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'Lint' };
  const events = [agent, { t: 'abort', worker: 'a1', by: 'user', word: 'not now' }];
  expect(view(events).blocks).toMatchObject([{ concerns: 'every tool call by Lint', needsYou: false }]);
  const ended = view([...events, { t: 'exit', worker: 'a1', code: null }]);
  expect(ended.blocks).toEqual([]);
  expect(ended.workers[0]).toMatchObject({ state: 'aborted', problem: 'aborted by you: not now' });
});

test('a message of the person is unread until it is delivered, and read for a while after that', () => {
  const agent = { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'Lint' };
  const tell = { t: 'tell', to: 'a1', text: 'mind the tests', by: 'user' };
  const message = (events: object[], after: number) => view([agent, tell, ...events], { after }).workers[0]?.message;
  expect(message([], 3_600_000)).toMatchObject({ read: false });
  const delivered = { t: 'delivered', ref: 100, hook: 'h1', ts: T0 + 600_000 };
  expect(message([delivered], 630_000)).toMatchObject({ read: true });
  expect(message([delivered], 900_000)).toBeUndefined();
});
