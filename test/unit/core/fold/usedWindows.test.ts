import { describe, expect, test } from 'vitest';
import { limitOf } from '#core/fold/limitConditions.ts';
import { reachedLimits } from '#core/fold/reachedLimits.ts';
import { opensAt } from '#core/fold/usedWindows.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { activeBlocks, canHold } from '#core/policy/activeBlocks.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const MINUTE = 60_000;
const RESETS = T0 + 30 * MINUTE;
const block = (until: string): object => {
  return { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'The limit.', until };
};
const used = (pct: number, more: object = { resetsTs: RESETS }, kind = 'five_hour'): object => {
  return { t: 'usage', source: 'Claude Code', limits: [{ kind, pct, ...more }] };
};
const reached = (state: SessionState, now: number): string[] =>
  reachedLimits(state, state.blocks.get('B1') ?? expect.fail(), { agent: 'conductor' }, now);

describe('the text of a window', () => {
  test.each([
    ['reset:5h', 'five_hour', 100],
    ['reset:7d', 'seven_day', 100],
    ['reset:5h:90', 'five_hour', 90],
    ['reset:7d:100', 'seven_day', 100],
  ])('%s', (text, window, pct) => expect(limitOf(text)).toEqual({ kind: 'reset', window, pct }));
  test.each([
    'reset:',
    'reset:5',
    'reset:1h',
    'reset:5h:',
    'reset:5h:0',
    'reset:5h:101',
    'reset:5h:90%',
    'reset:5h:9.5',
  ])('%s is none', (text) => expect(limitOf(text)).toBeUndefined());
});

test('calls wait from the percentage on, and go on by themselves when the window begins anew', () => {
  const state = fold([block('reset:5h:90'), used(92)]);
  expect(reached(state, RESETS - 1)).toHaveLength(1);
  expect(reached(state, RESETS - 25 * MINUTE)).toEqual([
    '92 % of the limit of five hours are used (from Claude Code, 4 min ago), and calls wait from 90 % on. It begins anew in 25 min; calls go on by themselves then.',
  ]);
  expect(reached(state, RESETS)).toEqual([]);
  const holds = (now: number): number =>
    activeBlocks(state, { event: 'PreToolUse', role: 'conductor', root: '/' }, now).length;
  expect([holds(RESETS - 1), holds(RESETS)]).toEqual([1, 0]);
  expect(canHold(state, state.blocks.get('B1') ?? expect.fail())).toBe(true);
});

test('a later report of other figures makes a window neither younger nor known from another source', () => {
  const cost = { t: 'usage', source: 'a script', costUsd: 1, ts: T0 + 60 * MINUTE };
  const state = fold([block('reset:5h'), { ...used(100, {}), ts: T0 }, cost]);
  expect(reached(state, T0 + 61 * MINUTE)).toEqual([
    '100 % of the limit of five hours are used (from Claude Code, 1 h 1 min ago). It begins anew in 3 h 59 min; calls go on by themselves then.',
  ]);
  expect(reached(state, T0 + 5 * 60 * MINUTE)).toEqual([]);
});

test('less than that holds nothing, nor does another window, nor what is not known', () => {
  const now = T0 + MINUTE;
  expect(reached(fold([block('reset:5h:90'), used(89.9)]), now)).toEqual([]);
  expect(reached(fold([block('reset:5h'), used(99)]), now)).toEqual([]);
  expect(reached(fold([block('reset:5h'), used(100)]), now)).toHaveLength(1);
  expect(reached(fold([block('reset:5h'), used(100, {}, 'seven_day')]), now)).toEqual([]);
  expect(reached(fold([block('reset:5h')]), now)).toEqual([]);
  expect(reached(fold([block('reset:5h'), { t: 'usage', costUsd: 1 }]), now)).toEqual([]);
});

test('where no time is reported, it is open after its length at the latest', () => {
  const state = fold([block('reset:5h'), used(100, {})]);
  const reported = T0 + 1000;
  expect(reached(state, reported + 300 * MINUTE - 1)).toHaveLength(1);
  expect(reached(state, reported + 300 * MINUTE)).toEqual([]);
});

test('of all that is used, the sentence names no percentage to wait from; seven days last as long', () => {
  const { source: _, ...unnamed } = used(100, {}, 'seven_day') as Record<string, unknown>;
  const state = fold([block('reset:7d'), unnamed]);
  const reported = T0 + 1000;
  expect(reached(state, reported)).toEqual([
    '100 % of the limit of seven days are used (from a report, 0 s ago). It begins anew in 7 d; calls go on by themselves then.',
  ]);
  // a clock that is behind has seen it just now
  expect(reached(state, reported - MINUTE)[0]).toContain('(from a report, 0 s ago)');
  const WEEK = 7 * 24 * 60 * MINUTE;
  expect([reported + WEEK - 1, reported + WEEK].map((now) => reached(state, now).length)).toEqual([1, 0]);
});

test('a block that waits for several windows opens with the last of those that are used', () => {
  const limits = [
    { kind: 'five_hour', pct: 95, resetsTs: RESETS },
    { kind: 'seven_day', pct: 99, resetsTs: RESETS + MINUTE },
  ];
  const opens = (until: string[], now = T0 + MINUTE): number | undefined => {
    const state = fold([
      { ...block(''), until },
      { t: 'usage', limits },
    ]);
    return opensAt(state, state.blocks.get('B1') ?? expect.fail(), now);
  };
  expect(opens(['reset:5h:90', 'done:W1', 'reset:7d:90'])).toBe(RESETS + MINUTE);
  expect(opens(['reset:7d', 'agents:1', 'reset:5h:90'])).toBe(RESETS);
  expect(opens(['reset:5h:90', 'reset:7d:90'], RESETS + MINUTE)).toBeUndefined();
  expect(opens(['reset:7d', 'done:W1'])).toBeUndefined();
});

test('a newer report opens it, and closes it again, also from a snapshot', () => {
  const state = fold([block('reset:5h:90'), used(95)]);
  const open = fold([used(3)], decodeState(encodeState(state)) ?? expect.fail(), 2);
  expect(reached(open, T0 + MINUTE)).toEqual([]);
  expect(reached(fold([used(91)], open, 3), T0 + MINUTE)).toHaveLength(1);
});

test('the panel shows when the held call goes on, and does not ask for the person', () => {
  const held = { t: 'held', block: 'B1', tool: 'Bash', call: 'c1', id: 'h1', limitMs: 60_000 };
  const state = fold([block('reset:5h:90'), used(92), held]);
  const [call] = toViewModel(state, { now: T0 + MINUTE, silentSeconds: 60, id: 's', live: true }).calls;
  expect(call).toMatchObject({ needsYou: false, etaTs: RESETS });
  expect(call?.reasons[0]).toMatchObject({ endsWhen: 'the limit of five hours begins anew' });
});
