import { expect, test, vi } from 'vitest';
import { DisposableStore, Emitter, repeat } from '#extension/base/emitter.ts';

test('what a store holds ends with it, once and in order; what is added later ends at once', () => {
  const ended: string[] = [];
  const item = (name: string) => ({ name, dispose: () => void ended.push(name) });
  const store = new DisposableStore();
  expect(store.add(item('a')).name).toBe('a');
  store.addAll(item('b'), item('c'));
  expect(ended).toEqual([]);
  store.dispose();
  store.dispose();
  expect(ended).toEqual(['a', 'b', 'c']);
  store.add(item('late'));
  expect(ended).toEqual(['a', 'b', 'c', 'late']);
});

test('an emitter and a timer are silent for one who has ended', () => {
  const emitter = new Emitter();
  let calls = 0;
  const count = (): void => void calls++;
  const listener = emitter.event(count);
  emitter.fire();
  listener.dispose();
  emitter.fire();
  expect(calls).toBe(1);
  vi.useFakeTimers();
  try {
    const timer = repeat(count, 5);
    vi.advanceTimersByTime(12);
    expect(calls).toBe(3);
    timer.dispose();
    vi.advanceTimersByTime(1000);
    expect(calls).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
