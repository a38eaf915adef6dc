import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { otherWorktrees } from '#core/base/gitWorktrees.ts';
import { WindowFolders } from '#extension/sessions/windowFolders.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

function git(cwd: string, ...args: string[]): void {
  const author = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...author, ...args], {
    cwd,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' },
  });
}

/** A repository with two worktrees beside it. */
function repository(): { base: string; main: string } {
  const base = realpathSync(tempDir());
  const main = join(base, 'main');
  mkdirSync(join(main, 'packages', 'a'), { recursive: true });
  git(main, 'init', '-q');
  git(main, 'commit', '-q', '--allow-empty', '-m', 'x');
  for (const name of ['w1', 'w2']) git(main, 'worktree', 'add', '-q', '-b', name, join(base, name));
  return { base, main };
}

test('the worktrees of one repository know each other, from any folder in them', () => {
  const { base, main } = repository();
  const names = (folder: string): Set<string> => new Set(otherWorktrees(folder).map((path) => realpathSync(path)));
  const [w1, w2] = [join(base, 'w1'), join(base, 'w2')];
  expect(names(main)).toEqual(new Set([w1, w2]));
  expect(names(join(main, 'packages', 'a'))).toEqual(new Set([w1, w2]));
  expect(names(w1)).toEqual(new Set([main, w2]));
  git(main, 'worktree', 'remove', w2);
  expect(names(w1)).toEqual(new Set([main]));
});

test('a folder in no repository, a broken one and a clone beside it have none', () => {
  const { base, main } = repository();
  git(base, 'clone', '-q', main, 'clone');
  mkdirSync(join(base, 'broken'));
  writeFileSync(join(base, 'broken', '.git'), 'gitdir: /nowhere\n');
  mkdirSync(join(base, 'odd'));
  writeFileSync(join(base, 'odd', '.git'), '\0\0');
  expect(otherWorktrees(join(base, 'clone'))).toEqual([]);
  expect(otherWorktrees(join(base, 'broken'))).toEqual([]);
  expect(otherWorktrees(join(base, 'odd'))).toEqual([]);
});

test('a window shows its own folders, their worktrees and what was asked for', () => {
  const { base, main } = repository();
  const other = realpathSync(tempDir());
  symlinkSync(other, join(base, 'link'));
  const own = [main];
  const folders = new WindowFolders(() => own);
  const first = folders.roots();
  expect(new Set(first)).toEqual(new Set([main, join(base, 'w1'), join(base, 'w2')]));
  expect(folders.roots()).toBe(first);
  folders.include(join(base, 'link'));
  expect(folders.roots()).toContain(other);
  own.pop();
  folders.invalidate();
  expect(folders.roots()).toEqual([other]);
});
