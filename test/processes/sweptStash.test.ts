import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statOf } from '#core/base/files/facts.ts';
import { stashEntries } from '#core/base/gitStash.ts';
import { sweepsOf } from '#core/policy/git/sweeps.ts';
import { changesInOrder } from '#core/policy/shell/changesInOrder.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { plainGit, plainGitEnv } from '#test/lib/plainGit.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

/** Files of which each entry of the stash has one, so that none is in the way of another. */
const FILES = ['a.txt', 'b.txt', 'c.txt', 'd.txt'];
const CONFIG = { 'alias.p': 'stash pop', 'alias.s': 'stash', 'alias.w': '!git stash drop' };

let root: string;
const templateOf = (entries: number): string => join(root, `template${entries}`);

beforeAll(() => {
  root = realpathSync(tempDir('fermata-stash-'));
  for (const entries of [1, 2, 3]) {
    const template = templateOf(entries);
    mkdirSync(template);
    plainGit(template, 'init', '-q', '-b', 'main', '--template=');
    for (const file of FILES) writeFileSync(join(template, file), 'one\n');
    plainGit(template, 'add', '-A');
    plainGit(template, 'commit', '-q', '-m', 'one');
    for (const [name, value] of Object.entries(CONFIG)) plainGit(template, 'config', name, value);
    for (const file of FILES.slice(0, entries)) {
      writeFileSync(join(template, file), 'two\n');
      plainGit(template, 'stash', 'push', '-q');
    }
    plainGit(template, 'worktree', 'add', '-q', '-b', 'topic', join(template, 'wt'));
    const listed = plainGit(template, 'stash', 'list', '--format=%H').split('\n').filter(Boolean);
    expect(stashEntries(join(template, '.git'))?.map(({ commit }) => commit)).toEqual(listed);
  }
});
afterAll(removeTempDirs);

const of = (...texts: string[]) => fc.constantFrom(...texts);
const one = fc.oneof(
  of('git stash pop', 'git stash drop', 'git stash clear', 'git stash apply', 'git stash list', 'git stash show'),
  of(
    'git stash',
    'git stash -u',
    'git stash push -m x',
    'git stash save x',
    'git stash branch fresh',
    'git p',
    'git s',
    'git w',
  ),
  fc
    .tuple(
      of('pop', 'pop -q', 'drop', 'drop -q', 'apply', 'branch fresh'),
      of('0', '1', '2', 'stash@{1}', 'refs/stash@{2}', '7'),
    )
    .map(([verb, place]) => `git stash ${verb} ${place}`),
  of("git stash drop 'stash@{one.day.ago}'", 'N=1; git stash drop $N', 'git stash $(echo pop)', 'git -C wt stash drop'),
  of(
    'git reflog delete stash@{1}',
    'git reflog expire --expire=now --all',
    'git reflog expire --all',
    'git update-ref -d refs/stash',
  ),
  of(
    'cd wt && git stash pop',
    'for i in 1 2 3; do git stash drop; done',
    "bash -c 'git stash drop 1'",
    'echo more > d.txt',
  ),
  of('git stash drop --quiet 1', 'git status', 'git commit -qam x', 'git rebase --autostash HEAD'),
);
const command = fc
  .tuple(
    one,
    fc.array(
      fc.tuple(of(' && ', '; ', ' || '), one).map(([by, text]) => by + text),
      { maxLength: 2 },
    ),
  )
  .map(([first, others]) => first + others.join(''));

interface Tried {
  command: string;
  says: string[];
  took: string[];
  code: number | null;
}

let count = 0;
function attempt(owners: readonly boolean[], isDirty: boolean, text: string): Tried {
  const work = join(root, `work${++count}`);
  cpSync(templateOf(owners.length), work, { recursive: true });
  // both name each other by their paths
  writeFileSync(join(work, 'wt', '.git'), `gitdir: ${join(work, '.git', 'worktrees', 'wt')}\n`);
  writeFileSync(join(work, '.git', 'worktrees', 'wt', 'gitdir'), `${join(work, 'wt', '.git')}\n`);
  if (isDirty) writeFileSync(join(work, 'd.txt'), 'edited\n');
  const all = stashEntries(join(work, '.git')) ?? [];
  const stash = all.filter((_, i) => owners[i] === true);
  const entry: Uncommitted = { worker: 'W1', name: 'B', root: work, files: [], stash, config: CONFIG };
  const isFolder = (folder: string): boolean => statOf(folder)?.isDirectory() === true;
  const swept = sweepsOf(readCommand(text), { cwd: work, inOrder: changesInOrder(text), isFolder }, readCommand)(entry);
  const { status: code } = spawnSync('bash', ['-c', text], {
    cwd: work,
    env: plainGitEnv,
    stdio: 'pipe',
    timeout: 120_000,
  });
  const left = new Set(stashEntries(join(work, '.git'))?.map(({ commit }) => commit));
  rmSync(work, { recursive: true, force: true });
  const took = stash.map(({ commit }) => commit).filter((commit) => !left.has(commit));
  return { command: text, says: swept?.stash?.map(({ commit }) => commit) ?? [], took, code };
}

test(
  'no command passes that removes another one’s entry of the stash, and few are named that remove none',
  { timeout: 600_000 },
  () => {
    const tried: Tried[] = [];
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        command,
        (owners, isDirty, text) => {
          const result = attempt(owners, isDirty, text);
          tried.push(result);
          expect({ text, missed: result.took.filter((commit) => !result.says.includes(commit)) }).toEqual({
            text,
            missed: [],
          });
        },
      ),
      { numRuns: sized(30, 400), seed: 1 },
    );
    expect(tried.filter(({ took }) => took.length > 0).length).toBeGreaterThan(tried.length / 5);
    // of one command alone what is named is what goes; of several it may depend on what the ones before it do
    const alone = tried.filter(({ command: text, code }) => code === 0 && !/[;&|$]|one\.day/.test(text));
    expect(alone.length).toBeGreaterThan(tried.length / 5);
    expect(alone.map(({ command: text, says }) => [text, says])).toEqual(
      alone.map(({ command: text, took }) => [text, took]),
    );
  },
);
