import { basename, dirname, join, resolve } from 'node:path';
import { statOf } from './files/facts.ts';
import { namesIn } from './files/folder.ts';
import { readLinkedBytes } from './files/readFile.ts';

/** A checkout: its folder, what git keeps of it alone, and the `.git` folder that all worktrees of the repository share. */
export interface Checkout {
  root: string;
  own: string;
  common: string;
}

/** The files come with the repository: what is beyond is not read. */
const MAX_WORKTREES = 100;
const MAX_LINE_FILE_BYTES = 16 * 1024;

/**
 * The folders of the other worktrees of the repository that contains `folder`. Read from git's own files (`.git`,
 * `commondir`, `worktrees/<name>/gitdir`); empty where there is no repository.
 */
export function otherWorktrees(folder: string): string[] {
  const own = checkoutOf(folder);
  if (own === undefined) return [];
  const { root, common } = own;
  const names = namesIn(join(common, 'worktrees')).slice(0, MAX_WORKTREES);
  const linked = names.flatMap((name) => {
    // the path of the worktree's own `.git` file
    const gitFile = readLine(join(common, 'worktrees', name, 'gitdir'));
    return gitFile === undefined ? [] : dirname(resolve(join(common, 'worktrees', name), gitFile));
  });
  // a bare repository has no checkout of its own
  const main = basename(common) === '.git' ? [dirname(common)] : [];
  return [...main, ...linked].filter((each) => each !== root);
}

/** The checkout that contains `folder`; undefined where there is no repository. */
export function checkoutOf(folder: string): Checkout | undefined {
  for (let root = resolve(folder); ; root = dirname(root)) {
    const git = join(root, '.git');
    const stat = statOf(git);
    if (stat?.isDirectory() === true) return { root, own: git, common: git };
    if (stat?.isFile() === true) {
      const own = /^gitdir: (.+)$/.exec(readLine(git) ?? '')?.[1];
      if (own === undefined) return undefined;
      const dir = resolve(root, own);
      // a submodule has no commondir: it is a repository of its own
      return { root, own: dir, common: resolve(dir, readLine(join(dir, 'commondir')) ?? '.') };
    }
    if (root === dirname(root)) return undefined;
  }
}

function readLine(path: string): string | undefined {
  try {
    return readLinkedBytes(path, MAX_LINE_FILE_BYTES).toString('utf8').split('\n')[0]?.trim() || undefined;
  } catch {
    return undefined;
  }
}
