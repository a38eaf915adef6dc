import { expect, test } from 'vitest';
import { COUNTS } from '#core/fold/limits.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, started } from './world.ts';

const reach = (worker: string, name = 'ready'): object => ({ t: 'checkpoint', worker, name });
const missing = (state: SessionState, name = 'ready') => state.checkpoints.get(name)?.missing;
const wait = { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, until: 'checkpoint:ready' };
const standing = (state: SessionState): number =>
  [...state.blocks.values()].filter(({ ended }) => ended === undefined).length;

test('a checkpoint waits for the first who reaches it and for all others at work, each once', () => {
  const state = fold([wait, ...started(3), reach('W1'), reach('W1')]);
  expect(state.checkpoints.get('ready')).toEqual({
    name: 'ready',
    expected: ['W1', 'W2', 'W3'],
    arrived: new Map([['W1', 500]]),
    missing: 2,
  });
  fold([reach('W2')], state, 20);
  expect([missing(state), standing(state)]).toEqual([1, 1]);
  fold([reach('W3')], state, 21);
  expect([missing(state), standing(state)]).toEqual([0, 0]);
});

test('one that nobody waited for changes nothing as it arrives, and is seen there', () => {
  const state = fold([...started(2), reach('W1'), reach('late')]);
  expect([missing(state), [...(state.checkpoints.get('ready')?.arrived.keys() ?? [])]]).toEqual([1, ['W1', 'late']]);
  expect(state.workers.get('late')?.state).toBe('running');
});

test('Claude itself may reach it, and is no worker by that', () => {
  const state = fold([wait, ...started(1), reach('conductor'), reach('W1')]);
  expect([missing(state), standing(state), state.workers.has('conductor')]).toEqual([0, 0, false]);
});

test('a worker that is lost is back with the checkpoint that it reaches', () => {
  const state = fold([...started(1), { t: 'exit', worker: 'W1', lost: true }, reach('W1')]);
  expect(state.workers.get('W1')?.state).toBe('running');
});

test('whom checkpoints wait for is bounded, and costs steps: what is left out is counted, and waited for', () => {
  const state = fold([...started(3), reach('W1')]);
  expect([state.awaitedCount, state.steps]).toEqual([3, 3]);
  state.awaitedCount = COUNTS.awaited;
  fold([reach('W1', 'other'), reach('W2')], state, 20);
  expect([state.checkpoints.has('other'), missing(state)]).toEqual([false, 1]);
  expect([...state.damaged]).toEqual([['left out: a checkpoint, of too many or for too many workers', 1]]);
  state.awaitedCount = COUNTS.awaited - 1;
  fold([reach('W1', 'other')], state, 30);
  expect(missing(state, 'other')).toBe(2);
  state.awaitedCount = 0;
  state.steps = 400_000;
  fold([reach('W1', 'third'), reach('W3')], state, 40);
  expect([state.checkpoints.has('third'), missing(state)]).toEqual([false, 0]);
});
