import { describe, expect, test } from 'vitest';
import { armedEvents } from '#core/session/armed.ts';
import { isAbortPending } from '#core/claude/interrupt.ts';
import { isActive } from '#core/fold/queries.ts';
import { isSettling } from '#core/fold/stoppedAgents.ts';
import type { SessionState } from '#protocol/state.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { fold, T0 } from './world.ts';

const started = (worker: string, more: object = {}) => ({
  t: 'spawn',
  worker,
  kind: 'subagent',
  parent: 'conductor',
  task: `task of ${worker}`,
  ts: T0,
  ...more,
});
const abort = { t: 'abort', worker: 'a1', by: 'user', word: 'wrong data', ts: T0 };
const exit = { t: 'exit', worker: 'a1', code: null, reason: 'aborted by user: wrong data', ts: T0 + 1000 };
const standing = (state: SessionState, now = T0): string[] =>
  [...state.blocks.values()].filter((block) => isActive(block, now)).map(({ match }) => match?.agent ?? 'all');
const told = (state: SessionState): [to: string, text: string][] =>
  [...state.notes.values()].map(({ to, text }) => [to, text]);

test('an agent that is stopped goes on until its next call, which a block of its own refuses', () => {
  const state = fold([started('a1'), started('a2'), abort]);
  expect(state.workers.get('a1')).toMatchObject({ state: 'running', abort: { by: 'user', word: 'wrong data' } });
  expect(state.aborted).toBeUndefined();
  expect(standing(state)).toEqual(['a1']);
  expect([...armedEvents(state)]).toEqual(['PreToolUse', 'PostToolBatch']);
  expect(isAbortPending({ ...state, conductor: { ...state.conductor, state: 'working' } })).toBe(false);
  // each has its own
  expect(standing(fold([started('a1'), started('a2'), abort, { ...abort, worker: 'a2' }]))).toEqual(['a1', 'a2']);
  // asked for once more it is the same
  expect(standing(fold([{ ...abort, word: 'again' }], state, 9000))).toEqual(['a1']);
  const view = toViewModel(state, { id: 's', now: T0, silentSeconds: 60, live: true });
  expect(view.counts.needsYou).toBe(0);
  expect(view.calls).toEqual([]);
});

test('its end is noted once, its parent is told the reason, and other calls of its last message are refused', () => {
  const state = fold([started('a1'), abort, exit, exit]);
  expect(state.workers.get('a1')).toMatchObject({ state: 'aborted', problem: 'aborted by user: wrong data' });
  expect(told(state)).toEqual([
    [
      'conductor',
      'The agent a1 (task of a1) was stopped by the person: wrong data (Its report is empty for that reason.)',
    ],
  ]);
  expect(standing(state, T0 + 60_000)).toEqual(['a1']);
  expect(standing(state, T0 + 20 * 60_000)).toEqual([]);
  // Claude Code reports its task as completed: nothing of it will come
  fold([{ t: 'done', worker: 'a1', ts: T0 + 2000 }], state, 9000);
  expect(state.workers.get('a1')?.state).toBe('aborted');
  expect([standing(state, T0 + 2000), [...armedEvents(state)]]).toEqual([
    [],
    ['PostToolUse', 'PostToolUseFailure', 'PostToolBatch'],
  ]);
});

test('a parent that has ended, or reads nothing, is passed over', () => {
  const inner = started('a1', { parent: 'run' });
  const run = { t: 'spawn', worker: 'run', kind: 'workflow', parent: 'a0' };
  const at = (events: object[]): string[] => told(fold(events as never)).map(([to]) => to);
  expect(at([started('a0'), run, inner, abort, exit])).toEqual(['a0']);
  expect(at([started('a0'), run, inner, abort, { t: 'done', worker: 'a0' }, exit])).toEqual(['conductor']);
  expect(at([started('a1', { parent: undefined }), abort, exit])).toEqual(['conductor']);
  // of those that name each other as parents nothing is above
  const ring = [
    { ...run, parent: 'run2' },
    { ...run, worker: 'run2', parent: 'run' },
  ];
  expect(at([...ring, inner, abort, exit])).toEqual(['conductor']);
  // whoever stops its own agent knows
  expect(at([started('a1'), { ...abort, by: 'conductor' }, exit])).toEqual([]);
});

test('whoever stops it is named to its parent, and so is no reason where there is none', () => {
  const { word: _, ...silent } = abort;
  const state = fold([started('a1', { task: undefined }), { ...silent, by: 'W7' }, exit]);
  expect([...state.notes.values()].map(({ kind, worker, text }) => [kind, worker, text])).toEqual([
    ['inform', 'W7', 'The agent a1 was stopped by W7. (Its report is empty for that reason.)'],
  ]);
});

test('its calls may still come while they are refused: not before its end, and not once that is certain', () => {
  const settling = (...events: object[]): boolean => {
    const state = fold([started('a1'), ...events]);
    return isSettling(state, state.workers.get('a1') ?? expect.fail());
  };
  expect([settling(), settling(abort), settling(abort, exit)]).toEqual([false, false, true]);
  expect(settling(abort, exit, { t: 'unblock', block: 'B1', by: 'user' })).toBe(false);
});

test('one that ends by itself before is done, and nothing is left of the stop', () => {
  const state = fold([started('a1'), abort, { t: 'done', worker: 'a1', result: 'found' }]);
  expect(state.workers.get('a1')).toMatchObject({ state: 'done', lastMessage: 'found' });
  expect(state.workers.get('a1')?.abort).toBeUndefined();
  expect([standing(state), told(state)]).toEqual([[], []]);
  expect(state.blocks.get('B1')?.ended).toMatchObject({ how: 'worker ended', by: 'a1' });
});

test('one that gets another message is free again, and so is one whose block the person releases', () => {
  const again = fold([started('a1'), abort, exit, started('a1')]);
  expect(again.workers.get('a1')?.state).toBe('running');
  expect(again.workers.get('a1')?.abort).toBeUndefined();
  expect(standing(again)).toEqual([]);
  const released = fold([started('a1'), abort, { t: 'unblock', block: 'B1', by: 'user' }]);
  expect(released.workers.get('a1')).toMatchObject({ state: 'running' });
  expect(released.workers.get('a1')?.abort).toBeUndefined();
  fold([started('a1', { task: 'named' })], released, 9000);
  // its name alone, while it is at work, frees nothing
  const named = fold([started('a1'), abort, started('a1', { task: 'named' })]);
  expect(standing(named)).toEqual(['a1']);
});

test('the stop of one agent leaves an aborted session aborted, and the reverse', () => {
  const state = fold([started('a1'), { t: 'abort', by: 'user' }, abort, { t: 'unblock', block: 'B2', by: 'user' }]);
  expect(state.aborted).toBeDefined();
  expect(standing(state)).toEqual(['all']);
});

describe('a teammate', () => {
  const mate = started('a1', { kind: 'teammate', command: 'scout' });

  test('that is stopped ends its turn only, and is free with its next message', () => {
    const state = fold([mate, abort, exit, exit]);
    expect(state.workers.get('a1')).toMatchObject({ state: 'idle', problem: 'aborted by user: wrong data' });
    expect(told(state)).toHaveLength(1);
    expect(standing(state, T0 + 2000)).toEqual(['a1']);
    fold([{ ...mate, ts: T0 + 3000 }], state, 9000);
    expect(state.workers.get('a1')).toMatchObject({ state: 'running' });
    expect(state.workers.get('a1')?.problem).toBeUndefined();
    expect(standing(state, T0 + 3000)).toEqual([]);
  });

  test('that has ended its turn by itself was not stopped', () => {
    const state = fold([mate, abort, { t: 'done', worker: 'a1' }]);
    expect([state.workers.get('a1')?.state, standing(state)]).toEqual(['idle', []]);
  });
});

test('what has no hooks cannot be stopped', () => {
  const state = fold([started('a1', { kind: 'workflow' }), abort]);
  expect(state.workers.get('a1')?.abort).toBeUndefined();
  expect(standing(state)).toEqual([]);
});
