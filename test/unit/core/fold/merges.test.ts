import { describe, expect, test } from 'vitest';
import { describeCondition, isCondition, parseCondition } from '#core/fold/conditions.ts';
import { COUNTS } from '#core/fold/limits.ts';
import { awaitedMerges, isMergePending, mergeReadings, mergeReceipt, mergesOf, STALE } from '#core/fold/mergePairs.ts';
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

test('of each side all is kept that a person may call it, as far as that is bounded', () => {
  const long = 'x'.repeat(5000);
  const agents = Array.from({ length: 60 }, () => ({ worker: 'W1', session: 's2', name: long }));
  const names = Array.from({ length: 60 }, () => long);
  const full = { root: long, ref: long, branch: long, commit: long, names, agents };
  const [kept] = fold({ t: 'mergeable', a: full, b, answer: 'unknown', why: long, files: [long] }).merges.values();
  const short = 'x'.repeat(300);
  expect(kept?.a).toEqual({
    root: 'x'.repeat(4096),
    ref: short,
    branch: short,
    commit: short,
    names: Array.from({ length: 50 }, () => short),
    agents: Array.from({ length: 50 }, () => ({ worker: 'W1', session: 's2', name: short })),
  });
  expect([kept?.why, kept?.files?.[0]?.length]).toEqual([short, 4096]);
  const bare = { root: '/w', names: [] };
  const [pairOfBare] = fold({ t: 'mergeable', a: bare, b: { ...bare, ref: 'r' }, answer: 'clean' }).merges.values();
  expect([pairOfBare?.a, pairOfBare?.b]).toEqual([bare, { ...bare, ref: 'r' }]);
  expect(pairOfBare).not.toHaveProperty('more');
});

test('a pair is the same whichever side comes first, and another one with another branch or checkout', () => {
  const [x, y] = [
    { root: '/x', ref: 'r', names: [] },
    { root: '/y', names: [] },
  ];
  const pairs = (...sides: [object, object][]): number =>
    fold(...sides.map(([one, other]) => ({ t: 'mergeable', a: one, b: other, answer: 'clean' }))).merges.size;
  expect(pairs([x, y], [y, x])).toBe(1);
  expect(pairs([x, y], [{ ...x, ref: 's' }, y], [x, { ...y, root: '/z' }])).toBe(3);
});

test('a condition is met by the newest line on all pairs that it means', () => {
  const other = { t: 'mergeable', a, b: side('main'), answer: 'clean' };
  const state = fold(pair('clean'), other);
  expect(mergeReceipt(state, 'mergeable:feature-a')).toBe(400);
  expect(mergeReceipt(state, OF)).toBe(300);
  expect(mergeReceipt(state, 'mergeable:x')).toBeUndefined();
});

test('a name with a plus that is no pair may be that of one branch', () => {
  const plus = { t: 'mergeable', a: side('x+y'), b, answer: 'clean' };
  expect(mergesOf(fold(plus), 'mergeable:x+y')).toHaveLength(1);
  expect(mergesOf(fold(plus), 'mergeable:x+y+feature-b')).toHaveLength(1);
  expect(mergeReadings('mergeable:a+')).toEqual([]);
  expect(mergeReadings(`mergeable:${'a+'.repeat(20)}b`)).toHaveLength(8);
});

test('it may be met in a moment while its pairs are only looked at anew', () => {
  const stale = pair('unknown', { why: STALE });
  const other = (answer: string): object => ({ t: 'mergeable', a, b: side('main'), answer });
  const pending = (text: string, ...events: object[]): boolean => isMergePending(fold(...events), { text });
  expect(pending('mergeable:feature-a', stale, other('clean'))).toBe(true);
  expect(pending('mergeable:feature-a', stale, other('conflict'))).toBe(false);
  expect(pending('mergeable:feature-a', pair('unknown', { why: 'git is too old' }))).toBe(false);
  // nothing is known yet
  expect(pending('mergeable:x')).toBe(true);
  expect(pending('done:W1', stale)).toBe(false);
});

test('pairs are looked for by those that wait now, of very many by the first', () => {
  const plan = (run: string, worker: string): object => ({
    t: 'plan',
    run,
    sha256: 'x',
    workers: [{ worker, after: [`mergeable:${worker}`, 'done:W1'] }],
  });
  const watch = { t: 'watch', worker: 'W1', until: ['mergeable:w', 'done:W2'] };
  const state = fold(block([OF, 'done:W1']), watch, plan('R7', 'P1'), plan('R8', 'P2'), { t: 'spawn', worker: 'P2' });
  expect([...awaitedMerges(state)]).toEqual([OF, 'mergeable:w', 'mergeable:P1']);
  const many = Array.from({ length: 101 }, (_, i) => block(`mergeable:b${i}`));
  expect(awaitedMerges(fold(...many)).size).toBe(100);
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
