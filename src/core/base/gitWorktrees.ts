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
const MAX_PACKED_BYTES = 4 << 20;
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

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

/** What a checkout has checked out, as git's own files show it: its branch, and the commit where that can be read there. */
export interface Head {
  branch?: string;
  commit?: string;
}

/** Reads the head of a checkout. Where refs are kept in another way (reftable) or are too many to be read, nothing is known. */
export function headOf({ own, common }: Checkout): Head {
  const line = readLine(join(own, 'HEAD')) ?? '';
  const ref = /^ref: (refs\/heads\/.+)$/.exec(line)?.[1];
  if (ref === undefined) return OBJECT_ID.test(line) ? { commit: line } : {};
  const commit = commitOfRef(common, ref);
  const branch = ref.slice('refs/heads/'.length);
  return branch === '.invalid' ? {} : { branch, ...(commit !== undefined && { commit }) };
}

/** The commit of a ref in the folder that the worktrees of a repository share; undefined where git's files do not show it. */
export function commitOfRef(common: string, ref: string): string | undefined {
  const loose = readLine(join(common, ref));
  if (loose !== undefined) return OBJECT_ID.test(loose) ? loose : undefined;
  try {
    const packed = readLinkedBytes(join(common, 'packed-refs'), MAX_PACKED_BYTES).toString('utf8');
    return packed
      .split('\n')
      .find((row) => row.endsWith(` ${ref}`))
      ?.split(' ')[0];
  } catch {
    return undefined;
  }
}

function readLine(path: string): string | undefined {
  try {
    return readLinkedBytes(path, MAX_LINE_FILE_BYTES).toString('utf8').split('\n')[0]?.trim() || undefined;
  } catch {
    return undefined;
  }
}
