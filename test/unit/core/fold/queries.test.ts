import { describe, expect, test } from 'vitest';
import { isOpenEnded, isSubagent, livesInClaude } from '#core/fold/kinds.ts';
import {
  endsWithWorker,
  hasHooks,
  isActive,
  isExpiredEarly,
  isNameOnly,
  isOfNewerFormat,
  isPause,
  isTimed,
  newerFormatReason,
} from '#core/fold/queries.ts';
import { emptyState } from '#core/fold/state.ts';
import type { Block, Worker } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const worker = (...events: object[]): Worker => fold(events).workers.get('W1') ?? expect.fail();
const spawn = (more: object): object => ({ t: 'spawn', worker: 'W1', ...more });
const end = { t: 'exit', worker: 'W1', code: 0 };

describe('by its kind', () => {
  test.each<[kind: string | undefined, expected: boolean[]]>([
    [undefined, [false, false, false, false]],
    ['subagent', [true, true, false, true]],
    ['teammate', [true, true, true, true]],
    ['workflow', [false, true, false, false]],
    ['shell', [false, true, true, false]],
    ['session', [false, false, false, true]],
  ])('%s: whether it is a subagent, ends with Claude, has no end of its own, and gets notes: %j', (kind, expected) => {
    const known = worker(spawn({ kind }));
    expect([isSubagent(known), livesInClaude(known), isOpenEnded(known), hasHooks(known)]).toEqual(expected);
  });

  test('nobody has none of these, what has ended gets no notes, and a session that has joined has no end of its own', () => {
    expect([isSubagent(undefined), livesInClaude(undefined), hasHooks(undefined)]).toEqual([false, false, false]);
    expect(hasHooks(worker(spawn({ kind: 'session' }), end))).toBe(false);
    expect(isOpenEnded(worker(spawn({ kind: 'session', session: 's2' })))).toBe(true);
  });

  test('only what was neither planned nor started is known by its name alone', () => {
    expect(isNameOnly(worker({ t: 'progress', worker: 'W1' }))).toBe(true);
    expect(isNameOnly(worker(spawn({})))).toBe(false);
    expect(isNameOnly(worker(...started(1).slice(0, 1)))).toBe(false);
    expect(isNameOnly(worker(...started(1)))).toBe(false);
  });
});

describe('a block', () => {
  const hook = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2 };
  const turn = { t: 'turn', state: 'working' };
  const block = (...events: object[]): Block => fold(events).blocks.get('B1') ?? expect.fail();
  const guard = (more: object = {}): Block => block(...started(1, { guard: [{ tool: 'Bash', ...more }] }));

  test('has a time, whether that is known already or not', () => {
    expect([isTimed(block(hook)), isTimed(block({ ...hook, ttlMs: 1 }))]).toEqual([false, true]);
    expect(isTimed(block(turn, { ...hook, ttlMs: 1, ts: undefined }))).toBe(true);
  });

  test.each<[string, Block, boolean]>([
    ['of a hook', block(hook), true],
    ['of a hook at Stop', block({ ...hook, event: 'Stop' }), false],
    ['of a hook at Stop with a time', block({ ...hook, event: 'Stop', ttlMs: 1 }), true],
    ['that is a guard', guard(), true],
    ['of a lock', block({ t: 'acquire', worker: 'W1', resource: 'file:a' }), false],
    ['of an abort', block({ t: 'abort', by: 'user' }), false],
  ])('%s ends with its worker: %j', (_what, each, ends) => {
    expect(endsWithWorker(each)).toBe(ends);
  });

  test('is active until its time, and one that a clock ahead has ended until its time is over here', () => {
    const timed = block({ ...hook, ttlMs: 5000 });
    expect([T0 + 4999, T0 + 5000].map((now) => isActive(timed, now))).toEqual([true, false]);
    expect(isActive(block(hook), T0 + 1e9)).toBe(true);
    expect(isActive(block(hook, { t: 'unblock', block: 'B1', by: 'user' }), T0)).toBe(false);
    const expired = block(
      { ...hook, ttlMs: 3_600_000 },
      { t: 'expire', what: 'block', ref: 'B1', seen: 0, ts: T0 + 3_600_000 },
    );
    expect([T0, T0 + 3_540_000 - 1, T0 + 3_540_000].map((now) => isActive(expired, now))).toEqual([true, true, false]);
    expect(isExpiredEarly(timed, T0)).toBe(false);
    const proven = block({ ...hook, until: 'proven:x' }, { t: 'ran', of: 'proven:x', code: 0 });
    expect(isActive(proven, T0)).toBe(false);
  });

  test('is a pause by its key, where it is the person’s', () => {
    const keyed = (key: string | undefined, by = 'user'): boolean => isPause(block({ ...hook, worker: by, key }));
    expect(['pause', 'pause a1', 'pauses', 'a pause', undefined].map((key) => keyed(key))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(keyed('pause', 'W1')).toBe(false);
  });
});

test('a log of a newer format is shown, not changed', () => {
  const [old, newer] = [emptyState(), { ...emptyState(), format: 99 }];
  expect([isOfNewerFormat(old), newerFormatReason(old)]).toEqual([false, undefined]);
  expect(isOfNewerFormat(newer)).toBe(true);
  expect(newerFormatReason(newer)).toBe(
    'This session was recorded by a newer Fermata (format 99); it is shown, not changed.',
  );
});

test('a session is called by what the person typed last, and known by what they typed first', () => {
  const prompt = (text?: string, more: object = {}): object => ({ t: 'prompt', text, ...more });
  const of = (...prompts: object[]) => {
    const { prompt: last, firstPrompt } = fold(prompts).session;
    return [last, firstPrompt];
  };
  expect(of(prompt('one'), prompt('two'))).toEqual(['two', 'one']);
  expect(of(prompt('one'), prompt(''), prompt(), prompt('other', { from: 'a script' }))).toEqual(['one', 'one']);
  expect(of(prompt('<task-notification>done</task-notification>'))).toEqual([undefined, undefined]);
  expect(of(prompt('x'.repeat(5000)))[0]).toHaveLength(2001);
});
