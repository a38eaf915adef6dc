import { expect, test } from 'vitest';
import { reduce } from '#core/fold/reduce.ts';
import type { Note, SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const inform = (worker: string, text: string, more: object = {}): object => {
  return { t: 'hook', worker, event: 'PostToolUse', exit: 0, message: text, ...more };
};
const notes = ({ notes }: SessionState): Note[] => [...notes.values()];
const texts = (state: SessionState): string[] => notes(state).map(({ text }) => text);
const refs = (state: SessionState): number[] => notes(state).map(({ pos }) => pos);

test('information waits for the next call, with its time and its place', () => {
  const [note] = notes(fold([inform('W1', 'news', { ts: T0 + 5 })]));
  expect(note).toMatchObject({ pos: 0, kind: 'inform', worker: 'W1', to: 'conductor', event: 'PostToolUse' });
  expect(note).toMatchObject({ text: 'news', now: false, ts: T0 + 5 });
});

test('news replaces news of the same key and worker, and no other', () => {
  const first = [inform('W1', 'a', { key: 'k' }), inform('W2', 'b', { key: 'k' }), inform('W1', 'c', { key: 'other' })];
  expect(texts(fold([...first, inform('W1', 'd', { key: 'k' })]))).toEqual(['b', 'c', 'd']);
  expect(texts(fold([inform('W1', 'a'), inform('W1', 'b')]))).toEqual(['a', 'b']);
});

test('a message goes to whom it names; the person gets a notice of it as well', () => {
  const state = fold([
    { t: 'tell', by: 'W1', to: 'W2', text: 'hello', now: true },
    { t: 'tell', by: 'W1', to: 'user', text: 'look' },
  ]);
  expect(notes(state).map(({ kind, worker, to, text, now }) => [kind, worker, to, text, now])).toEqual([
    ['inform', 'W1', 'W2', 'hello', true],
    ['inform', 'W1', 'user', 'look', false],
  ]);
  expect(state.notices.map(({ kind, text, worker }) => [kind, text, worker])).toEqual([
    ['log', 'W1 tells you: look', 'W1'],
  ]);
});

test('work that is handed on is told to the next one, and the last fifty are remembered', () => {
  const state = fold([
    { t: 'handoff', worker: 'W1', to: 'W2', task: 'the docs' },
    { t: 'handoff', worker: 'W2', to: 'W3' },
  ]);
  expect(notes(state).map(({ kind, worker, to, text }) => [kind, worker, to, text])).toEqual([
    ['handoff', 'W1', 'W2', 'W1 hands the docs on to you'],
    ['handoff', 'W2', 'W3', 'W2 hands its work on to you'],
  ]);
  expect(state.handoffs).toEqual([
    { from: 'W1', to: 'W2', pos: 0, task: 'the docs' },
    { from: 'W2', to: 'W3', pos: 100 },
  ]);
  const many = Array.from({ length: 76 }, () => ({ t: 'handoff', worker: 'W1', to: 'W2' }));
  expect(fold(many).handoffs.map(({ pos }) => pos)).toEqual(Array.from({ length: 50 }, (_, i) => (i + 26) * 100));
});

test('what is delivered is delivered once, by the first that says so, and remains for a while', () => {
  const news = [inform('W1', 'a'), inform('W1', 'b')];
  const delivered = (ref: number, hook: string, more: object = {}): object => ({ t: 'delivered', ref, hook, ...more });
  const state = fold([...news, delivered(0, 'h1', { ts: T0 + 9 }), delivered(0, 'h2'), delivered(77, 'h1')]);
  expect(notes(state).map(({ text, deliveredBy, deliveredTs }) => [text, deliveredBy, deliveredTs])).toEqual([
    ['b', undefined, undefined],
    ['a', 'h1', T0 + 9],
  ]);
});

test('a claim that is given back leaves the information to the next one, and only its own hook gives it back', () => {
  const claim = (hook: string, more: object = {}): object => ({ t: 'claim', ref: 0, hook, ...more });
  const back = (hook: string): object => ({ t: 'delivered', ref: 0, hook, not: true });
  const claimOf = (...events: object[]): unknown => notes(fold([inform('W1', 'a'), ...events]))[0]?.claim?.hook;
  expect(claimOf(claim('h1', { pid: 7, startTime: '8', host: 'x' }))).toBe('h1');
  expect(claimOf(back('h1'))).toBeUndefined();
  expect(claimOf(claim('h1'), back('h2'))).toBe('h1');
  expect(claimOf(claim('h1'), back('h1'))).toBeUndefined();
  expect(claimOf(claim('h1'), back('h1'), claim('h2'))).toBe('h2');
  expect(claimOf({ ...claim('h1'), ref: 7 })).toBeUndefined();
  const [note] = notes(fold([inform('W1', 'a'), claim('h1', { pid: 7, startTime: '8', host: 'x', ts: T0 + 3 })]));
  expect(note?.claim).toEqual({ hook: 'h1', ts: T0 + 3, pid: 7, startTime: '8', host: 'x' });
  expect(note?.deliveredBy).toBeUndefined();
});

test('another claim counts only in the place of the one that it names, and none of what is delivered', () => {
  const claim = (hook: string, over?: string): object => ({ t: 'claim', ref: 0, hook, over });
  const claimOf = (...events: object[]): unknown => notes(fold([inform('W1', 'a'), ...events]))[0]?.claim?.hook;
  expect(claimOf(claim('h1'), claim('h2'))).toBe('h1');
  expect(claimOf(claim('h1'), claim('h2', 'h1'))).toBe('h2');
  expect(claimOf(claim('h1'), claim('h2', 'h1'), claim('h3', 'h1'))).toBe('h2');
  expect(claimOf(claim('h1', 'h0'))).toBeUndefined();
  const delivered = { t: 'delivered', ref: 0, hook: 'h1' };
  expect(claimOf(delivered, claim('h2'))).toBeUndefined();
  expect(claimOf(claim('h1'), delivered, claim('h2', 'h1'))).toBe('h1');
  // what is printed is not given back either
  expect(claimOf(claim('h1'), delivered, { ...delivered, not: true })).toBe('h1');
});

test('several pieces of one line wait, each under a number of its own', () => {
  const state = fold([{ t: 'tell', by: 'W1', to: 'W2', text: 'a' }]);
  reduce(state, { pos: 0, value: { t: 'tell', by: 'W1', to: 'W2', text: 'b', ts: T0 } });
  expect(refs(state)).toEqual([0, 1]);
  expect(texts(state)).toEqual(['a', 'b']);
});

test('what waits is not forgotten with what was delivered, and counts for nothing of it', () => {
  const news = (i: number): object[] => [
    inform('W1', `n${i}`, { key: `k${i}` }),
    { t: 'delivered', ref: (i * 2 + 1) * 100, hook: 'h' },
  ];
  const begun = (count: number): SessionState =>
    fold([inform('W2', 'waits'), ...Array.from({ length: count }, (_, i) => news(i)).flat()]);
  expect(begun(500).notes.size).toBe(501);
  const state = begun(501);
  expect(texts(state)[0]).toBe('waits');
  expect(refs(state).slice(1)).toEqual(Array.from({ length: 250 }, (_, i) => (502 + i * 2 + 1) * 100));
});

test('of those that were delivered the newest are remembered', () => {
  const many = Array.from({ length: 501 }, (_, i) => [
    inform('W1', `n${i}`, { key: `k${i}` }),
    { t: 'delivered', ref: i * 200, hook: 'h' },
  ]).flat();
  const kept = refs(fold(many));
  expect(kept).toHaveLength(250);
  expect(kept.at(-1)).toBe(500 * 200);
  expect(kept[0]).toBe(251 * 200);
});

test('a worker that says too much loses the oldest of it, and the person reads that once', () => {
  const many = Array.from({ length: 210 }, (_, i) => inform('W1', `n${i}`));
  const state = fold([inform('W2', 'other'), ...many]);
  const own = notes(state).filter(({ worker }) => worker === 'W1');
  expect(own).toHaveLength(200);
  expect([own[0]?.text, own.at(-1)?.text]).toEqual(['n10', 'n209']);
  expect(texts(state)).toContain('other');
  expect(state.notices.map(({ kind, worker, text }) => [kind, worker, text.slice(0, 32)])).toEqual([
    ['warning', 'W1', 'W1 has said more than Claude cou'],
  ]);
  // each worker for itself, whatever other warning there is of it
  const both = fold([
    { t: 'log', level: 'warning', worker: 'W3', message: 'slow' },
    ...many,
    ...many.map((each) => ({ ...each, worker: 'W3' })),
  ]);
  expect(both.notices.filter(({ text }) => text.includes('has said more')).map(({ worker }) => worker)).toEqual([
    'W1',
    'W3',
  ]);
  const told = Array.from({ length: 201 }, (_, i) => ({ t: 'tell', by: 'W3', to: 'W4', text: `${i}` }));
  expect(fold(told).notices[0]?.text).toContain('W3 has said more than W4 could be told');
});

test('information for calls whose pattern is too long is for none', () => {
  const command = 'x'.repeat(20_000);
  const tooLong = fold([inform('W1', 'a', { match: { tool: 'Bash', command } })]);
  expect(notes(tooLong)).toEqual([]);
  expect([...tooLong.damaged]).toEqual([['left out: information for a pattern that is too long', 1]]);
  expect(notes(fold([inform('W1', 'a', { match: { tool: 'Bash', command: 'x' } })]))).toMatchObject([
    { match: { tool: 'Bash', command: 'x' } },
  ]);
});
