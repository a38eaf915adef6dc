import { describe, expect, test } from 'vitest';
import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { StateCache } from '#core/history/replay/stateCache.ts';
import { SparseIndex } from '#core/history/replay/sparseIndex.ts';
import { Highlights } from '#core/history/replay/highlights.ts';

describe('the sparse index', () => {
  test('of a short log has all its events', () => {
    const index = new SparseIndex(8);
    for (let event = 1; event <= 8; event++) index.add({ event, pos: event * 10, ts: event * 1000 });
    expect(index.stride).toBe(1);
    expect(index.atPosition(35)).toEqual({ event: 3, pos: 30, ts: 3000 });
    expect(index.atTime(3000)?.event).toBe(3);
    expect(index.atPosition(9)).toBeUndefined();
  });

  test('of a long one has as many, and finds none beyond the target', () => {
    const index = new SparseIndex(8);
    for (let event = 1; event <= 1000; event++) index.add({ event, pos: event * 10, ts: event * 1000 });
    expect(index.stride).toBe(128);
    for (let event = 1; event <= 1000; event++) {
      const entry = index.atPosition(event * 10 + 3);
      expect(entry).toEqual(index.atTime(event * 1000));
      expect(entry?.pos).toBe((entry?.event ?? 0) * 10);
      expect(entry?.event).toBeLessThanOrEqual(event);
      expect(event - (entry?.event ?? 0)).toBeLessThan(index.stride);
    }
  });
});

describe('cached states', () => {
  test('are bounded in number, whatever the log', () => {
    const cache = new StateCache(10);
    const state = emptyState();
    for (let position = 1; position < 3_000_000; position += 100) {
      state.events++;
      cache.offer(state, position);
    }
    expect(cache.count).toBeLessThanOrEqual(128);
    expect(cache.count).toBeGreaterThan(50);
    const at = cache.before(20_000);
    expect(at?.events).toBeLessThan(20_000);
    expect(at?.events).toBeGreaterThan(19_000);
    expect(at?.read().events).toBe(at?.events);
    expect(cache.before(1)).toBeUndefined();
  });

  test('are rarer where each is large', () => {
    const cache = new StateCache(10);
    const state = { ...emptyState(), session: { cwd: 'x'.repeat(100_000) } };
    for (let position = 1; position < 3_000_000; position += 1000) cache.offer(state, position);
    expect(cache.count).toBeLessThan(9);
    expect(cache.bytes).toBeGreaterThan(cache.count * 100_000);
  });
});

describe('highlights', () => {
  const T0 = 1_800_000_000_000;
  function of(...events: object[]): [string, number][] {
    const [state, highlights] = [emptyState(), new Highlights()];
    events.forEach((value, i) => {
      reduce(state, { pos: i * 100, value: { ts: T0 + i, ...value } });
      highlights.update(state, i * 100);
    });
    return highlights.sample(events.length, 1000).map(({ event, kind }) => [kind, event]);
  }

  test('are blocks, the first call that each refuses, and their ends by a person or by a condition', () => {
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

  test('are sampled for a picture, with the most important one of each part', () => {
    const [state, highlights] = [emptyState(), new Highlights()];
    for (let i = 0; i < 1000; i++) {
      const value =
        i === 505
          ? { t: 'error', worker: 'W1', message: 'x' }
          : { t: 'decide', ballot: `b${i}`, decision: 'x', by: 'user' };
      reduce(state, { pos: i * 100, value: { ts: T0 + i, ...value } });
      highlights.update(state, i * 100);
    }
    const sampled = highlights.sample(1000, 50);
    expect(sampled.length).toBeLessThanOrEqual(50);
    expect(sampled).toContainEqual({ event: 506, kind: 'failure' });
  });
});
