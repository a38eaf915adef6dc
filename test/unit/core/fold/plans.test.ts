import { describe, expect, test } from 'vitest';
import { noticesOf } from '#core/projection/notices.ts';
import { BY_IDS } from '#core/projection/wording.ts';
import { canStart } from '#core/fold/workers.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold } from './world.ts';

const asking = {
  t: 'plan',
  run: 'R1',
  sha256: 'x',
  rule: 'release',
  ask: true,
  workers: [
    { worker: 'W1', task: 'build', guard: [{ tool: 'Bash', command: 'git push*' }] },
    { worker: 'W2', task: 'test', after: ['ok:W1'] },
  ],
  ballots: [{ ballot: 'ship', voters: ['W1', 'W2'], quorum: 2 }],
};
const mayStart = (state: SessionState): string[] =>
  [...state.workers.values()].filter((w) => canStart(state, w)).map((w) => w.id);

describe('a plan that asks', () => {
  test('does nothing before the person consents', () => {
    const state = fold([asking, { t: 'exit', worker: 'W9', code: 1 }]);
    expect(mayStart(state)).toEqual([]);
    expect(state.blocks.size).toBe(0);
    expect(state.ballots.size).toBe(0);
    expect(noticesOf(state, 0, BY_IDS)).toMatchObject([
      { kind: 'plan', run: 'R1', text: 'release wants to start 2 workers (R1): W1: build; W2: test' },
    ]);
  });

  test('takes effect with the consent, once, and informs Claude', () => {
    const state = fold([
      asking,
      { t: 'consent', run: 'R1', decision: 'start', by: 'user', word: 'be quick' },
      { t: 'consent', run: 'R1', decision: 'refuse', by: 'user' },
    ]);
    expect(mayStart(state)).toEqual(['W1']);
    expect([...state.blocks.values()]).toMatchObject([{ worker: 'W1', cause: { kind: 'guard' } }]);
    expect(state.ballots.get('ship')).toMatchObject({ opened: true, quorum: 2 });
    expect([...state.notes.values()].map((note) => note.text)).toEqual([
      'the person let R1 start: W1 (build), W2 (test) and said: be quick',
    ]);
    expect(noticesOf(state, 0, BY_IDS)).toEqual([]);
  });

  test('starts none of its workers when the person refuses', () => {
    const state = fold([asking, { t: 'consent', run: 'R1', decision: 'refuse', by: 'user' }]);
    expect([...state.workers.values()].map((w) => w.state)).toEqual(['aborted', 'aborted']);
    expect(state.blocks.size).toBe(0);
    expect([...state.notes.values()].map((note) => note.text)).toEqual([
      'the person does not want R1: W1 (build), W2 (test)',
    ]);
  });
});

test('a plan opens its ballots, and an exit before a retry does not end its worker', () => {
  const state = fold([
    { ...asking, ask: false },
    { t: 'spawn', worker: 'W1', pid: 9, attempt: 1 },
    { t: 'exit', worker: 'W1', code: 3, attempt: 1, retryMs: 1000 },
  ]);
  expect(state.ballots.get('ship')?.opened).toBe(true);
  expect(state.workers.get('W1')).toMatchObject({ state: 'starting', problem: 'attempt 1: exit code 3; again in 1 s' });
  expect(state.workers.get('W1')?.pid).toBeUndefined();
  expect(state.workers.get('W2')?.state).toBe('planned');
  fold(
    [
      { t: 'spawn', worker: 'W1', pid: 10, attempt: 2 },
      { t: 'exit', worker: 'W1', code: 0, attempt: 2 },
    ],
    state,
    50,
  );
  expect(state.workers.get('W1')).toMatchObject({ state: 'done', attempt: 2 });
  expect(mayStart(state)).toEqual(['W2']);
});

test('a worker that reported done itself is done when its end was not seen', () => {
  const state = fold([
    { ...asking, ask: false },
    { t: 'spawn', worker: 'W1', pid: 9 },
    { t: 'done', worker: 'W1' },
    { t: 'exit', worker: 'W1', lost: true },
  ]);
  expect(state.workers.get('W1')?.state).toBe('done');
});
