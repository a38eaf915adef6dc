import { describe, expect, test } from 'vitest';
import { uncommittedKey } from '#core/fold/uncommitted.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import type { SessionState, Uncommitted } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const ROOT = '/w/shop';
const edits = (paths: string[], more: object = {}): object => ({
  t: 'uncommitted',
  worker: 'W1',
  name: 'cart',
  root: ROOT,
  files: paths.map((path) => ({ path })),
  ...more,
});
const held = (paths: string[], more: object = {}): object => edits(paths, { hold: true, ...more });
const commits = (...names: string[]): object => ({ stash: names.map((commit) => ({ commit })) });
const release = (block = 'B1'): object => ({ t: 'unblock', block, by: 'user' });

/** Goes on from a snapshot, as a hook does. */
const after = (state: SessionState, ...events: object[]): SessionState =>
  fold(events, decodeState(encodeState(state)) ?? expect.fail(), 20);
const entries = ({ uncommitted }: SessionState): Uncommitted[] => [...uncommitted.values()];
const standing = (state: SessionState): string[] =>
  [...state.blocks.values()].filter(({ ended }) => ended === undefined).map(({ id, text }) => `${id}: ${text}`);
const STANDS = 'B1: cart has edits that are not committed';

test('of one agent and checkout the latest report counts, and what is committed is gone', () => {
  const others = [edits(['b'], { worker: 'W2' }), edits(['c'], { root: '/w/other' }), edits(['d'], { session: 's2' })];
  const state = fold([edits(['a', 'x']), ...others, edits(['a'], { branch: 'main', unseen: 'no git' })]);
  expect(entries(state)).toEqual([
    { worker: 'W1', name: 'cart', root: ROOT, files: [{ path: 'a' }], branch: 'main', unseen: 'no git' },
    expect.objectContaining({ worker: 'W2', files: [{ path: 'b' }] }),
    expect.objectContaining({ root: '/w/other', files: [{ path: 'c' }] }),
    expect.objectContaining({ session: 's2', files: [{ path: 'd' }] }),
  ]);
  expect(entries(after(state, edits([]))).map(({ files }) => files[0]?.path)).toEqual(['b', 'c', 'd']);
  expect(entries(after(state, edits([], { stash: [] })))).toHaveLength(3);
  // what is in the stash is not committed either
  expect(entries(after(state, edits([], commits('s1'))))).toHaveLength(4);
  expect(standing(state)).toEqual([]);
});

test('nothing is left of a session that is not told apart from its own', () => {
  const of = (session?: string) => uncommittedKey({ worker: 'W1', root: ROOT, ...(session && { session }) });
  expect(new Set([of(), of('s1'), of('s2')]).size).toBe(3);
});

describe('where calls that would take it are held', () => {
  test('one block stands until nothing is left, and matches commands that sweep', () => {
    const state = fold([held(['a']), held(['a', 'b'])]);
    expect(standing(state)).toEqual([STANDS]);
    expect(state.blocks.get('B1')).toMatchObject({
      event: 'PreToolUse',
      worker: 'W1',
      match: { git: 'sweep' },
      cause: { kind: 'git', of: uncommittedKey({ worker: 'W1', root: ROOT }) },
    });
    const { ended } = after(state, held([])).blocks.get('B1') ?? expect.fail();
    expect(ended).toMatchObject({ how: 'until', by: 'W1' });
    expect(standing(after(state, held([]), held(['a'])))).toEqual(['B2: cart has edits that are not committed']);
  });

  test('the block ends where they are held no more, and begins anew where they are again', () => {
    const state = fold([held(['a'])]);
    const free = after(state, edits(['a']));
    expect([standing(free), entries(free)[0]?.block]).toEqual([[], undefined]);
    expect(standing(after(free, edits(['a'])))).toEqual([]);
    expect(standing(after(free, held(['a'])))).toEqual(['B2: cart has edits that are not committed']);
  });

  test.each<[string, object, boolean]>([
    ['the same file', held(['a']), false],
    ['fewer of them', held(['a'], { stash: [] }), false],
    ['another file', held(['a', 'c']), true],
    ['an entry of the stash', held(['a'], commits('s1')), true],
  ])('one that the person has ended comes back for %s: %#', (_what, event, comesBack) => {
    const released = fold([held(['a', 'b']), release()]);
    expect(standing(released)).toEqual([]);
    const once = after(released, event);
    expect(standing(once)).toHaveLength(comesBack ? 1 : 0);
    // and so it is at each further look
    expect(standing(after(once, event))).toHaveLength(comesBack ? 1 : 0);
    expect(entries(once)[0]?.released).toEqual(comesBack ? undefined : ['a', 'b']);
  });

  test('an entry of the stash that the person has let go stays so', () => {
    const released = fold([held([], commits('s1', 's2')), release()]);
    expect(standing(after(released, held([], commits('s2'))))).toEqual([]);
    expect(standing(after(released, held([], commits('s3'))))).toHaveLength(1);
  });

  test.each<[object, string, string]>([
    [held(['a']), 'W1', 'cart has edits that are not committed'],
    [held(['a'], commits('s1')), 'W1', 'cart has edits that are not committed'],
    [held([], commits('s1')), 'W1', 'cart has put edits into the stash'],
    [held([], { ...commits('s1'), name: '' }), 'W1', 'another one has put edits into the stash'],
    // of an agent of another session, whose name means nothing here
    [held(['a'], { session: 's2' }), 'fermata', 'cart has edits that are not committed'],
  ])('%j makes a block of %s: %s', (event, worker, text) => {
    expect([...fold([event]).blocks.values()]).toMatchObject([{ worker, text }]);
  });

  test('a command that takes all is held, and any other call goes on', () => {
    const call = { tool: 'Read', input: { file_path: 'a' }, cwd: ROOT };
    const concerned = (state: SessionState) =>
      activeBlocks(state, { event: 'PreToolUse', role: 'conductor', root: ROOT, call }, T0);
    expect(concerned(fold([held(['a'])]))).toEqual([]);
  });
});

test('what a state keeps of it is bounded, and what is left out is counted', () => {
  const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  const long = 'x'.repeat(5000);
  const config = Object.fromEntries(many(300, (i) => [`k${i}`, 'v']));
  const stash = many(150, (i) => ({ commit: `s${i}` }));
  const [entry] = entries(fold([edits([long, ...many(250, String)], { name: long, stash, config, more: 7 })]));
  expect([entry?.files.length, entry?.more, entry?.stash?.length]).toEqual([200, 51 + 7, 100]);
  expect([entry?.files[0]?.path.length, entry?.name.length]).toEqual([4096, 200]);
  expect(Object.keys(entry?.config ?? {})).toHaveLength(200);
  expect(entries(fold([edits(['a'], { more: 3 })]))[0]).toMatchObject({ more: 3 });
  expect(entries(fold([edits(['a'])]))[0]).not.toHaveProperty('more');

  const full = fold(many(100, (i) => held(['a'], { worker: `W${i}` })));
  const beyond = after(full, held(['a'], { worker: 'X' }), held(['b'], { worker: 'W7' }));
  expect([beyond.uncommitted.size, standing(beyond).length]).toEqual([100, 100]);
  expect(entries(beyond).at(-1)).toMatchObject({ worker: 'W99' });
  expect(entries(beyond)[7]?.files).toEqual([{ path: 'b' }]);
  expect([...beyond.damaged]).toEqual([['left out: uncommitted edits of more than 100 agents and checkouts', 1]]);
});
