import { describe, expect, test } from 'vitest';
import { describeCondition, isCondition, parseCondition } from '#core/fold/conditions.ts';
import { COUNTS } from '#core/fold/limits.ts';
import { awaitedMerges, mergeReadings, mergesOf } from '#core/fold/mergePairs.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { canHold } from '#core/policy/activeBlocks.ts';
import { blockReason } from '#core/policy/reason.ts';
import { boardOf } from '#core/projection/board.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold as foldAll, started, T0 } from './world.ts';

const fold = (...events: object[]): SessionState => foldAll([...started(2), ...events]);
const after = (state: SessionState, ...events: object[]): SessionState =>
  foldAll(events, decodeState(encodeState(state)) ?? expect.fail(), state.events);

const COMMIT = '8f3c1d0e5b7a92c46d1e0f3a5b7c9d2e4f6a8b0c';
const side = (name: string, worker = 'conductor', session?: string) => ({
  root: `/w/${name}`,
  branch: name,
  commit: COMMIT,
  names: [name, `at-${name}`],
  agents: [{ worker, ...(session !== undefined && { session }), name: worker }],
});
const [a, b] = [side('feature-a', 'W1'), side('feature-b', 'W2')];
const pair = (answer: string, more: object = {}): object => ({ t: 'mergeable', a, b, answer, ...more });
const conflict = pair('conflict', { files: ['src/cart.ts', 'src/tax.ts'], more: 1 });
const OF = 'mergeable:feature-a+feature-b';
const block = (until: string | string[] = OF) => ({
  t: 'hook',
  worker: 'user',
  event: 'PreToolUse',
  exit: 2,
  message: 'x',
  until,
});

const isOpen = (state: SessionState): boolean => state.blocks.get('B1')?.open !== undefined;
const view = (state: SessionState, live = true) =>
  toViewModel(state, { now: T0 + 60_000, silentSeconds: 60, id: 's', live });
const reason = (state: SessionState): string => blockReason(state, [...state.blocks.values()], T0, 'fermata');

describe('the text of a condition', () => {
  test('names two, each of which may have a plus in its name, or one', () => {
    expect(isCondition(OF)).toBe(true);
    expect(isCondition('mergeable:')).toBe(false);
    expect(isCondition('mergeable')).toBe(false);
    expect(parseCondition(OF)).toEqual({ kind: 'mergeable', name: 'feature-a+feature-b' });
    expect(describeCondition({ text: OF, met: false })).toBe('feature-a and feature-b would merge without a conflict');
    expect(mergeReadings('mergeable:a+b+c')).toEqual([
      ['a', 'b+c'],
      ['a+b', 'c'],
    ]);
    expect(mergeReadings('mergeable:a')).toEqual([]);
    expect(mergeReadings('mergeable:+a')).toEqual([]);
  });

  test.each([
    'mergeable:feature-b+feature-a',
    'mergeable:at-feature-a+feature-b',
    'mergeable:8f3c1d0+feature-b',
    'mergeable:feature-a',
  ])('%s means the pair', (text) => {
    expect(mergesOf(fold(conflict), text)).toHaveLength(1);
    expect(isOpen(fold(block(text), pair('clean')))).toBe(true);
  });

  test.each(['mergeable:feature-a+x', 'mergeable:8f3c1d+feature-b', 'mergeable:x', 'mergeable:feature-a+feature-a'])(
    '%s does not',
    (text) => {
      expect(mergesOf(fold(pair('clean')), text)).toEqual([]);
      expect(isOpen(fold(block(text), pair('clean')))).toBe(false);
    },
  );
});

describe('a block that waits until two would merge', () => {
  test('stands while nothing is known, is open while they would, and stands again', () => {
    let state = fold(block());
    expect(isOpen(state)).toBe(false);
    expect(reason(state)).toContain('is not looked at yet');
    state = after(state, pair('clean'));
    expect(isOpen(state)).toBe(true);
    state = after(state, conflict);
    expect(isOpen(state)).toBe(false);
    expect(reason(state)).toContain('feature-a and feature-b would conflict in src/cart.ts and 2 more');
    state = after(state, pair('unknown', { why: 'git 2.38 or newer is needed' }));
    expect(isOpen(state)).toBe(false);
    expect(reason(state)).toContain('was not looked at: git 2.38 or newer is needed');
    state = after(state, pair('clean'), pair('over'));
    expect(isOpen(state)).toBe(false);
    expect(state.merges.size).toBe(0);
    expect(state.blocks.get('B1')?.ended).toBeUndefined();
  });

  test('ends by the person, and not by a word of Claude', () => {
    const state = fold({ ...block(), event: 'Stop' }, { t: 'resolve', block: 'B1', by: 'conductor', word: 'they do' });
    expect(state.blocks.get('B1')?.ended).toBeUndefined();
    expect(after(state, { t: 'unblock', block: 'B1', by: 'user' }).blocks.get('B1')?.ended).toBeDefined();
  });

  test('needs each pair that a single name means, and all its other conditions', () => {
    const other = { t: 'mergeable', a, b: side('main'), answer: 'conflict' };
    const state = fold(block(['mergeable:feature-a', 'done:W2']), pair('clean'), other);
    expect(isOpen(state)).toBe(false);
    expect(isOpen(fold(block('mergeable:feature-a'), pair('clean'), other))).toBe(false);
    const merged = after(state, { ...other, answer: 'clean' });
    expect(isOpen(merged)).toBe(false);
    expect(isOpen(after(merged, { t: 'exit', worker: 'W2', code: 0 }))).toBe(true);
  });

  test('is worth holding a call for while the two are looked at or workers go on, and not where they conflict', () => {
    const held = (state: SessionState) => canHold(state, state.blocks.get('B1') ?? expect.fail());
    expect(held(fold(block()))).toBe(true);
    expect(held(fold(block(), pair('unknown', { why: 'a commit has come since' })))).toBe(true);
    expect(held(fold(block(), conflict))).toBe(true);
    const ended = ['W1', 'W2'].map((worker) => ({ t: 'exit', worker, code: 0 }));
    expect(held(fold(block(), conflict, ...ended))).toBe(false);
  });

  test('is what the watch looks for, and so is a worker that waits for it', () => {
    const plan = { t: 'plan', run: 'R7', sha256: 'x', workers: [{ worker: 'P1', after: ['mergeable:x+y'] }] };
    expect([...awaitedMerges(fold(block(), plan))]).toEqual([OF, 'mergeable:x+y']);
    expect([...awaitedMerges(fold(block(), { t: 'unblock', block: 'B1', by: 'user' }))]).toEqual([]);
  });
});

describe('what a person sees', () => {
  test('a conflict, in the section and in the rows of both, while both work', () => {
    const state = fold(conflict);
    const { merges, workers } = view(state);
    expect(merges).toMatchObject([
      {
        name: 'feature-a and feature-b',
        state: 'conflict',
        text: 'feature-a and feature-b would conflict in src/cart.ts and 2 more',
        files: ['src/cart.ts', 'src/tax.ts'],
        more: 1,
      },
    ]);
    expect(workers.map(({ conflict: text }) => text)).toEqual([
      'would conflict with feature-b in src/cart.ts and 2 more',
      'would conflict with feature-a in src/cart.ts and 2 more',
    ]);
    const board = boardOf([view(state)], { now: T0, dayStartTs: 0, seenTs: () => undefined });
    const rows = Object.values(board.groups).flat();
    expect(rows.map(({ conflict: text }) => text)).toEqual([merges?.[0]?.text]);
    const ended = view(after(state, { t: 'exit', worker: 'W2', code: 0 }));
    expect(ended.merges).toEqual([]);
    expect(ended.workers.some((worker) => worker.conflict !== undefined)).toBe(false);
    expect(view(after(state, pair('clean'))).merges).toEqual([]);
    expect(view(state, false).merges).toEqual([]);
  });

  test('the reason where git was not looked at, once for all of them; and what is waited for, whatever it is', () => {
    const old = { answer: 'unknown', why: 'git 2.38 or newer is needed' };
    const state = fold(pair('unknown', old), { t: 'mergeable', a, b: side('main', 'conductor', 's2'), ...old });
    expect(view(state).merges).toMatchObject([
      { name: 'feature-a, feature-b and main', state: 'unknown', text: 'not looked at: git 2.38 or newer is needed' },
    ]);
    const awaited = view(fold(block(), block('mergeable:x+y'), pair('clean')));
    expect(awaited.merges?.map(({ name, state: known, text }) => [name, known, text])).toEqual([
      ['feature-a and feature-b', 'clean', 'feature-a and feature-b would merge without a conflict'],
      ['x and y', 'unknown', 'not looked at yet'],
    ]);
    expect(view(fold()).merges).toBeUndefined();
  });

  test('names of files and branches as text, whatever is in them', () => {
    const hostile = { ...a, branch: 'a\u202e\nb', names: ['x'] };
    const state = fold({ t: 'mergeable', a: hostile, b, answer: 'conflict', files: ['two\nlines\u0007.ts'] });
    const [merge = expect.fail()] = view(state).merges ?? [];
    // oxlint-disable-next-line no-control-regex -- that is what must not be in it
    for (const each of [merge.text, ...merge.files]) expect(each).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

test('what a state keeps of pairs is bounded', () => {
  const many = Array.from({ length: COUNTS.merges + 5 }, (_, i) => ({
    t: 'mergeable',
    a,
    b: side(`b${i}`),
    answer: 'clean',
  }));
  const state = fold(...many, pair('conflict', { files: Array.from({ length: 80 }, (_, i) => `f${i}`) }));
  expect(state.merges.size).toBe(COUNTS.merges);
  expect([...state.damaged]).toEqual([[`left out: more than ${COUNTS.merges} pairs of branches`, 6]]);
  const one = fold(pair('conflict', { files: Array.from({ length: 80 }, (_, i) => `f${i}`), more: 2 }));
  expect([...one.merges.values()][0]).toMatchObject({ more: 32 });
});

test('a state goes through its snapshot, and an older one without pairs is read', () => {
  const state = fold(block(), conflict);
  expect(decodeState(encodeState(state))).toEqual(state);
  const [plain = '', activity = ''] = encodeState(fold()).split('\n');
  const { merges: _, ...old } = JSON.parse(plain) as Record<string, unknown>;
  expect(decodeState(`${JSON.stringify({ ...old, version: 25 })}\n${activity}`)?.merges).toEqual(new Map());
  const newer = { ...old, version: 25, unknownTypes: [['mergeable', 1]] };
  expect(decodeState(`${JSON.stringify(newer)}\n${activity}`)).toBeUndefined();
});
