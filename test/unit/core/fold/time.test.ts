import { describe, expect, test } from 'vitest';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { armedEvents } from '#core/session/armed.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

// The `ts` of a line is its own: it does not move the time of others by more than a minute.

const DAY = 86_400_000;
const turn = (ts: number): object => ({ t: 'turn', state: 'working', ts });
const ahead = { t: 'progress', worker: 'W1', pct: 1, ts: T0 + DAY };
const behind = { t: 'progress', worker: 'W1', pct: 1, ts: T0 - DAY };
/** As `echo` appends it. */
const block = {
  t: 'hook',
  worker: 'W2',
  event: 'PreToolUse',
  exit: 2,
  stderr: 'for two seconds',
  ttlMs: 2000,
  ts: undefined,
};
const denied = (ts: number): object => ({ t: 'denied', block: 'B1', tool: 'Bash', ts });

const isRefused = (state: SessionState, now: number): boolean =>
  activeBlocks(state, { event: 'PreToolUse', role: 'conductor', root: '/p' }, now).length > 0;

/** Whether a block is active after so many milliseconds, in the state as it is and as a snapshot keeps it. */
function expectActive(state: SessionState, until: number): void {
  for (const each of [state, decodeState(encodeState(state)) ?? state]) {
    expect(isRefused(each, until - 1)).toBe(true);
    expect(isRefused(each, until)).toBe(false);
  }
}

describe('a block for two seconds that has no time of its own', () => {
  test.each([
    ['no line before it', []],
    ['a line from a clock that is a day ahead', [ahead]],
    ['many lines from it', Array.from({ length: 5000 }, (_, i) => ({ ...ahead, ts: T0 + DAY + i * 1000 }))],
    ['a line from a clock that is a day behind', [behind]],
  ])('lasts so long from the next line of a hook on, after %s', (_name, lines) => {
    const state = fold([turn(T0), ...lines, block]);
    expect(isRefused(state, T0 + DAY)).toBe(true);
    fold([ahead, behind], state, 8000);
    expect(isRefused(state, T0 + DAY)).toBe(true);
    fold([denied(T0 + 5000)], state, 9000);
    expectActive(state, T0 + 7000);
  });

  test('also after a pause of a day in which only workers wrote', () => {
    const state = fold([turn(T0), ahead, block, denied(T0 + DAY + 1000)]);
    expectActive(state, T0 + DAY + 3000);
  });
});

test('a lease without a time counts from the hooks on, a minute more or less', () => {
  const acquire = { t: 'acquire', worker: 'W2', resource: 'db', ttlMs: 2000, ts: undefined };
  const state = fold([turn(T0), ahead, acquire]);
  expect(state.locks.get('db')?.holders[0]?.dueTs).toBe(T0 + 60_000 + 2000);
});

test('a block with a time of its own is not moved by others', () => {
  expectActive(fold([turn(T0), ahead, { ...block, ts: T0 + 1000 }, ahead, behind]), T0 + 3000);
});

test('a block that a clock which is ahead reports as run out stands until its time is over', () => {
  const state = fold([turn(T0), { ...block, ttlMs: 3_600_000, ts: T0 }]);
  fold([{ t: 'expire', what: 'block', ref: 'B1', seen: 100, ts: T0 + DAY }], state, 10);
  expect(armedEvents(state).has('PreToolUse')).toBe(true);
  expect(isRefused(state, T0 + 1_800_000)).toBe(true);
  expect(isRefused(state, T0 + 3_600_000)).toBe(false);
});
