import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { statOf } from '#core/base/files/facts.ts';
import { sweepsOf, type Sweep } from '#core/policy/git/sweeps.ts';
import { changesInOrder } from '#core/policy/shell/changesInOrder.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { plainGit } from '#test/lib/plainGit.ts';
import { tempDir } from '#test/lib/tempDir.ts';

/** A repository with a worktree beside it, in which an agent has an unstaged, a staged and an untracked file. */
export interface Shop {
  root: string;
  base: Uncommitted;
  git: (...args: string[]) => string;
  /** What a command takes of it. */
  sweep: (command: string, entry?: Uncommitted, cwd?: string) => Sweep | undefined;
  /** The names of what is taken, `?` behind them where that is not sure. */
  taken: (command: string, entry?: Uncommitted, cwd?: string) => string;
}

export function makeShop(): Shop {
  const root = join(realpathSync(tempDir('fermata-git-')), 'shop');
  const git = (...args: string[]): string => plainGit(root, ...args);
  for (const folder of ['src', 'docs', 'sub']) mkdirSync(join(root, folder), { recursive: true });
  git('init', '-q', '-b', 'main');
  for (const file of ['src/cart.ts', 'src/tax.ts', 'src/mine.ts', 'docs/a.md'])
    writeFileSync(join(root, file), 'one\n');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  git('branch', 'topic');
  git('worktree', 'add', '-q', join(root, '..', 'other'), 'topic');
  const base: Uncommitted = {
    worker: 'conductor',
    session: 's2',
    name: 'Fix the rounding',
    root,
    branch: 'main',
    files: [
      { path: 'src/cart.ts', status: ' M' },
      { path: 'src/tax.ts', status: 'M ' },
      { path: 'docs/new.md', status: '??' },
    ],
    config: { 'alias.sweep': 'add -A', 'alias.wip': '!git add -A && git commit -m wip', 'alias.st': 'status' },
  };
  const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;
  const sweep: Shop['sweep'] = (command, entry = base, cwd = root) => {
    const place = { cwd, inOrder: changesInOrder(command), isFolder };
    return sweepsOf(readCommand(command), place, readCommand)(entry);
  };
  const taken: Shop['taken'] = (command, entry, cwd) => {
    const swept = sweep(command, entry, cwd);
    if (swept === undefined) return '';
    const names = swept.files.map(({ path }) => path.split('/')[1]?.split('.')[0]);
    return [...names, ...(swept.doubt === undefined ? [] : ['?'])].join(' ');
  };
  return { root, base, git, sweep, taken };
}
