import { describe, expect, test } from 'vitest';
import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { StateCache } from '#core/history/replay/stateCache.ts';
import { playbackDelay } from '#core/history/replay/playbackDelay.ts';
import { SparseIndex } from '#core/history/replay/sparseIndex.ts';
import { Highlights } from '#core/history/replay/highlights.ts';

describe('stops', () => {
  test('of a short log are all its events', () => {
    const stops = new SparseIndex(8);
    for (let event = 1; event <= 8; event++) stops.add({ event, pos: event * 10, ts: event * 1000 });
    expect(stops.stride).toBe(1);
    expect(stops.atPosition(35)).toEqual({ event: 3, pos: 30, ts: 3000 });
    expect(stops.atTime(3000)?.event).toBe(3);
    expect(stops.atPosition(9)).toBeUndefined();
  });

  test('of a long one are as many, and never beyond what is looked for', () => {
    const stops = new SparseIndex(8);
    for (let event = 1; event <= 1000; event++) stops.add({ event, pos: event * 10, ts: event * 1000 });
    expect(stops.stride).toBe(128);
    for (let event = 1; event <= 1000; event++) {
      const stop = stops.atPosition(event * 10 + 3);
      expect(stop).toEqual(stops.atTime(event * 1000));
      expect(stop?.pos).toBe((stop?.event ?? 0) * 10);
      expect(stop?.event).toBeLessThanOrEqual(event);
      expect(event - (stop?.event ?? 0)).toBeLessThan(stops.stride);
    }
  });
});

describe('states that are kept', () => {
  test('are bounded in number, whatever the log', () => {
    const kept = new StateCache(10);
    const state = emptyState();
    for (let position = 1; position < 3_000_000; position += 100) {
      state.events++;
      kept.offer(state, position);
    }
    expect(kept.count).toBeLessThanOrEqual(128);
    expect(kept.count).toBeGreaterThan(50);
    const at = kept.before(20_000);
    expect(at?.events).toBeLessThan(20_000);
    expect(at?.events).toBeGreaterThan(19_000);
    expect(at?.read().events).toBe(at?.events);
    expect(kept.before(1)).toBeUndefined();
  });

  test('are rarer where each is large', () => {
    const kept = new StateCache(10);
    const state = { ...emptyState(), session: { cwd: 'x'.repeat(100_000) } };
    for (let position = 1; position < 3_000_000; position += 1000) kept.offer(state, position);
    expect(kept.count).toBeLessThan(9);
    expect(kept.bytes).toBeGreaterThan(kept.count * 100_000);
  });
});

test('gaps are played as fast as is said, and never longer than anybody watches', () => {
  expect(playbackDelay(0, 1000, '1')).toBe(1000);
  expect(playbackDelay(0, 1000, '10')).toBe(100);
  expect(playbackDelay(0, 86_400_000, '60')).toBe(1500);
  expect(playbackDelay(5000, 1000, '1')).toBe(0);
  expect(playbackDelay(0, 86_400_000, 'events')).toBe(300);
});

describe('turning points', () => {
  const T0 = 1_800_000_000_000;
  function of(...events: object[]): [string, number][] {
    const [state, points] = [emptyState(), new Highlights()];
    events.forEach((value, i) => {
      reduce(state, { pos: i * 100, value: { ts: T0 + i, ...value } });
      points.update(state, i * 100);
    });
    return points.sample(events.length, 1000).map(({ event, kind }) => [kind, event]);
  }

  test('are blocks, the first call that each stops, and their ends by word or by themselves', () => {
    const hook = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' };
    expect(
      of(
        { t: 'spawn', worker: 'W1' },
        hook,
        { t: 'progress', worker: 'W1', pct: 1 },
        { t: 'denied', block: 'B1', tool: 'Read' },
        { t: 'denied', block: 'B1', tool: 'Read' },
        { t: 'unblock', block: 'B1', by: 'user' },
        { ...hook, until: 'done:W1' },
        { t: 'done', worker: 'W1' },
      ),
    ).toEqual([
      ['block', 2],
      ['block', 4],
      ['release', 6],
      ['block', 7],
      ['release', 8],
    ]);
  });

  test('are decisions, whoever made them', () => {
    expect(
      of(
        { t: 'spawn', worker: 'W1' },
        { t: 'ballot', ballot: 'ship', voters: ['W1'], quorum: 1 },
        { t: 'vote', worker: 'W1', ballot: 'ship', decision: 'proceed' },
        { t: 'decide', ballot: 'more', decision: 'abort', by: 'user' },
        { t: 'ask', ask: 'a1', tool: 'Bash', summary: 'rm' },
        { t: 'answer', ask: 'a1', decision: 'deny', by: 'user' },
      ),
    ).toEqual([
      ['decision', 3],
      ['decision', 4],
      ['decision', 6],
    ]);
  });

  test('are failures, not ends that are well', () => {
    expect(
      of(
        { t: 'spawn', worker: 'W1' },
        { t: 'exit', worker: 'W1', code: 0 },
        { t: 'spawn', worker: 'W2' },
        { t: 'exit', worker: 'W2', code: 1 },
        { t: 'spawn', worker: 'W3' },
        { t: 'error', worker: 'W3', message: 'disk full' },
        { t: 'log', level: 'info', message: 'x' },
        { t: 'log', level: 'escalate', message: 'x' },
        { t: 'abort', worker: 'W3', by: 'user' },
      ),
    ).toEqual([
      ['failure', 4],
      ['failure', 6],
      ['failure', 8],
      ['failure', 9],
    ]);
  });

  test('are thinned for a picture, the gravest of each place kept', () => {
    const [state, points] = [emptyState(), new Highlights()];
    for (let i = 0; i < 1000; i++) {
      const value =
        i === 505
          ? { t: 'error', worker: 'W1', message: 'x' }
          : { t: 'decide', ballot: `b${i}`, decision: 'x', by: 'user' };
      reduce(state, { pos: i * 100, value: { ts: T0 + i, ...value } });
      points.update(state, i * 100);
    }
    const highlights = points.sample(1000, 50);
    expect(highlights.length).toBeLessThanOrEqual(50);
    expect(highlights).toContainEqual({ event: 506, kind: 'failure' });
  });
});
