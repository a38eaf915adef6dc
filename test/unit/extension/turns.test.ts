import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { Throttle } from '#extension/base/throttle.ts';
import { inOwnTurn } from '#extension/base/turns.ts';

afterEach(() => void vi.useRealTimers());

test('pieces of work that come together run in order, no two of them in one turn of the event loop, whatever one throws', async () => {
  vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate'] });
  const done: string[] = [];
  inOwnTurn(() => done.push('a'));
  inOwnTurn(() => {
    done.push('b');
    inOwnTurn(() => done.push('d'));
    throw new Error('b');
  });
  inOwnTurn(() => done.push('c'));
  expect(done).toEqual([]);
  const turn = (): number => {
    const before = done.length;
    try {
      vi.advanceTimersToNextTimer();
    } catch {
      // as an uncaught error of the process
    }
    return done.length - before;
  };
  for (const expected of ['a', 'b', 'c', 'd']) {
    expect(turn()).toBe(1);
    expect(done.at(-1)).toBe(expected);
  }
  expect(vi.getTimerCount()).toBe(0);
});

test('throttles that are due at the same time share no turn, so that the system comes between them', async () => {
  const turns: number[] = [];
  let turn = 0;
  const throttles = [1, 2, 3].map(() => new Throttle(0, () => turns.push(turn)));
  for (const each of throttles) each.request();
  for (; turn < 5; turn++) await nextTurn();
  expect(turns).toHaveLength(3);
  expect(new Set(turns).size).toBe(3);
});

test('after a long run a throttle rests as long as its share of the time asks for, counted from its end', () => {
  vi.useFakeTimers();
  // the fake clock, and the time that the runs take, in which no timer comes
  const clock = performance.now.bind(performance);
  let workedMs = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => clock() + workedMs);
  let runs = 0;
  const throttle: Throttle = new Throttle(
    10,
    () => {
      runs++;
      throttle.request();
      workedMs += 40;
    },
    3,
  );
  throttle.request();
  vi.advanceTimersByTime(1);
  expect(runs).toBe(1);
  vi.advanceTimersByTime(118);
  expect(runs).toBe(1);
  vi.advanceTimersByTime(3);
  expect(runs).toBe(2);
  throttle.dispose();
  vi.advanceTimersByTime(1000);
  expect(runs).toBe(2);
  now.mockRestore();
});
