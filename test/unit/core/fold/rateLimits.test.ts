import { expect, test } from 'vitest';
import { HOOK_RATE_LIMIT, LINE_RATE_LIMIT } from '#core/fold/rateLimits.ts';
import { canWake, MAX_WAKES, wantsWake, WOKEN } from '#core/fold/waking.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

/** So many lines of a worker, the last of which comes after `lastMs`. */
const lines = (count: number, lastMs: number, of: object): object[] =>
  Array.from({ length: count }, (_, i) => ({ worker: 'W1', ts: T0 + (i === count - 1 ? lastMs : i), ...of }));
const worker = (events: object[]) => fold(events).workers.get('W1') ?? expect.fail();
const inform = { t: 'hook', event: 'PostToolUse', exit: 0 };
const progress = { t: 'progress' };

test.each<[hooks: number, lastMs: number, tooMany: boolean]>([
  [HOOK_RATE_LIMIT.calls, 100, false],
  [HOOK_RATE_LIMIT.calls + 1, 100, true],
  [HOOK_RATE_LIMIT.calls + 1, 0, true],
  [HOOK_RATE_LIMIT.calls + 1, HOOK_RATE_LIMIT.windowMs, true],
  [HOOK_RATE_LIMIT.calls + 1, HOOK_RATE_LIMIT.windowMs + 1, false],
  // a clock that was set back begins anew
  [HOOK_RATE_LIMIT.calls + 1, -1, false],
])('%i hooks, the last after %i ms, are too many: %j', (count, lastMs, tooMany) => {
  const { hookRateExceeded, invocations } = worker(lines(count, lastMs, inform));
  expect(hookRateExceeded).toEqual(tooMany ? { ts: T0 + lastMs, count } : undefined);
  expect(invocations?.count).toBe(lastMs < 0 || lastMs > HOOK_RATE_LIMIT.windowMs ? 1 : count);
});

test.each<[lines: number, lastMs: number, isFlood: boolean]>([
  [LINE_RATE_LIMIT.lines, 2000, false],
  [LINE_RATE_LIMIT.lines + 1, 2000, true],
  [LINE_RATE_LIMIT.lines + 1, LINE_RATE_LIMIT.windowMs, true],
  [LINE_RATE_LIMIT.lines + 1, LINE_RATE_LIMIT.windowMs + 1, false],
  [LINE_RATE_LIMIT.lines + 1, -1, false],
])('%i lines, the last after %i ms, are a flood: %j', (count, lastMs, isFlood) => {
  const { flood } = worker(lines(count, lastMs, progress));
  expect(flood).toEqual(isFlood ? { ts: T0 + lastMs, lines: count } : undefined);
});

test('a flood after a quiet while is one, too', () => {
  const later = T0 + 60_000;
  const { flood } = worker([{ ...progress, worker: 'W1' }, ...lines(1001, 500, { ...progress, ts: later })]);
  expect(flood).toEqual({ ts: later, lines: 1001 });
});

test('what Claude or the person writes is counted for no worker', () => {
  const state = fold([
    { ...inform, worker: 'user' },
    { ...inform, worker: 'conductor' },
  ]);
  expect(state.workers.size).toBe(0);
});

test('an idle Claude is woken a few times a minute at most, and not while it works', () => {
  const woken = (count: number): object[] =>
    Array.from({ length: count }, (_, i) => [
      { t: 'turn', state: 'working', reason: WOKEN, ts: T0 + i },
      { t: 'turn', state: 'idle', ts: T0 + i },
    ]).flat();
  const may = (state: SessionState, ms: number): boolean => canWake(state, T0 + ms);
  expect(may(fold([]), 0)).toBe(false);
  expect(may(fold([{ t: 'turn', state: 'idle' }]), 0)).toBe(true);
  expect(may(fold(woken(MAX_WAKES - 1)), 100)).toBe(true);
  const often = fold(woken(MAX_WAKES + 1));
  expect([may(often, 100), may(often, 60_000), may(often, 60_001)]).toEqual([false, false, true]);
  expect(often.conductor.wokenTs).toHaveLength(MAX_WAKES);
  expect(may(fold([{ t: 'turn', state: 'working' }]), 0)).toBe(false);
});

test.each<[object, boolean]>([
  [{}, true],
  [{ now: false }, false],
  [{ to: 'W2' }, false],
])('a message with %j wakes an idle Claude: %j, and none that it has', (more, wakes) => {
  const tell = { t: 'tell', by: 'W1', to: 'conductor', text: 'news', now: true, ...more };
  const note = (...events: object[]) => fold([tell, ...events]).notes.get(0) ?? expect.fail();
  expect(wantsWake(note())).toBe(wakes);
  expect(wantsWake(note({ t: 'delivered', ref: 0, hook: 'h' }))).toBe(false);
});

test('a warning waits for the next call', () => {
  const state = fold([{ ...inform, worker: 'W1', exit: 1, message: 'slow', now: true }]);
  expect([...state.notes.values()].map((note) => [note.kind, wantsWake(note)])).toEqual([['warn', false]]);
});
