import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { staleMergeEvents, staleMerges } from '#core/policy/staleMerges.ts';
import type { SessionState } from '#protocol/state.ts';
import { plainGit } from '#test/lib/plainGit.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { fold } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

const OF = 'mergeable:main+topic';
let root: string;
let first: string;
const git = (...args: string[]): string => plainGit(root, ...args).trim();
const commit = (): string => git('commit', '-q', '--allow-empty', '-m', 'x');

/** A repository with the branch `topic`, and the checkout of `main`. */
beforeEach(() => {
  root = realpathSync(tempDir());
  git('init', '-q', '-b', 'main');
  commit();
  git('branch', 'topic');
  first = git('rev-parse', 'HEAD');
});

/** What was looked at: the checkout, and a branch by its ref. */
function looked(more: { ref?: string; at?: string; root?: string; pair?: object } = {}): SessionState {
  const { ref = 'refs/heads/topic', at = first } = more;
  const side = (name: string, fields: object): object => ({
    root,
    commit: first,
    names: [name],
    agents: [],
    ...fields,
  });
  const a = side('main', { branch: 'main', ...(more.root !== undefined && { root: more.root }) });
  return fold([{ t: 'mergeable', a, b: side('topic', { ref, commit: at }), answer: 'clean', ...more.pair }]);
}
const isStale = (state: SessionState, text = OF): boolean => staleMerges(state, [text]).length > 0;

test('a pair counts while both sides have the commits that were looked at', () => {
  expect(isStale(looked())).toBe(false);
  expect(isStale(looked({ at: '0'.repeat(40) }))).toBe(true);
});

test('a commit in the checkout, or on the branch, makes it stale', () => {
  const state = looked();
  commit();
  expect(isStale(state)).toBe(true);
  git('reset', '-q', '--hard', first);
  expect(isStale(state)).toBe(false);
  git('branch', '-f', 'topic', git('commit-tree', '-m', 'another', 'HEAD^{tree}'));
  expect(isStale(state)).toBe(true);
});

test('where git’s files do not show the commit, it counts; a checkout that is gone does not', () => {
  expect(isStale(looked({ ref: 'refs/heads/none' }))).toBe(false);
  // a name that is no ref, as a commit that a person has named
  expect(isStale(looked({ ref: first, at: '0'.repeat(40) }))).toBe(false);
  expect(isStale(looked({ root: join(root, 'none') }))).toBe(false);
  const state = looked();
  rmSync(join(root, '.git'), { recursive: true });
  expect(isStale(state)).toBe(true);
});

test('only the pairs that a condition means are looked at, each once, and none that is known to be stale', () => {
  const state = looked({ at: '0'.repeat(40) });
  expect(staleMerges(state, ['mergeable:main+other'])).toEqual([]);
  expect(staleMerges(state, [])).toEqual([]);
  expect(staleMerges(state, [OF, 'mergeable:topic', OF])).toHaveLength(1);
  const why = 'a commit has come since';
  expect(isStale(looked({ at: '0'.repeat(40), pair: { answer: 'unknown', why } }))).toBe(false);
});

test('what is stale is written to the log as unknown', () => {
  const state = looked({ at: '0'.repeat(40) });
  const [pair] = state.merges.values();
  const { a, b } = pair ?? expect.fail();
  expect(staleMergeEvents(state, [OF])).toEqual([
    { t: 'mergeable', a, b, answer: 'unknown', why: 'a commit has come since' },
  ]);
});
