import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LeaseWatch } from '#core/session/leaseWatch.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['hrtime'] }));
afterEach(() => void vi.useRealTimers());

/** Polls again after that time, and whether an expiry was overdue for five seconds by then. */
const isOverdueAfter = (watch: LeaseWatch, ms: number): boolean => {
  vi.advanceTimersByTime(ms);
  watch.poll();
  return watch.isOverdueFor('lock', 5000);
};

test('an expiry is overdue for the time in which it was looked at', () => {
  const watch = new LeaseWatch();
  expect([1000, 1000, 1000, 1000, 1000, 1000].map((ms) => isOverdueAfter(watch, ms))).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
});

test('an hour in which this process slept counts as a second, since the holder may have slept as well', () => {
  const watch = new LeaseWatch();
  expect([1000, 3_600_000, 3_600_000, 1000, 1000].map((ms) => isOverdueAfter(watch, ms))).not.toContain(true);
  expect(isOverdueAfter(watch, 1000)).toBe(true);
});

test('what is no longer due is overdue anew, and may be published anew', () => {
  const watch = new LeaseWatch();
  for (let i = 0; i < 4; i++) isOverdueAfter(watch, 1000);
  expect([watch.isNew('lock'), watch.isNew('lock')]).toEqual([true, false]);
  watch.keep([]);
  expect(watch.isNew('lock')).toBe(true);
  expect(isOverdueAfter(watch, 1000)).toBe(false);
});
